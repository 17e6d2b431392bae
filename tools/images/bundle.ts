import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** A program in files of one folder. */
export interface Bundle {
  /** The program: CommonJS, with everything that a pod needs at its start. */
  readonly script: string;
  /** What it loads when it is needed; they lie beside the script. */
  readonly parts: readonly string[];
  /** Paths of the modules of which something went into the script. */
  readonly modules: readonly string[];
}

/** CommonJS packages inside an ES module still ask for `require`. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** A module that is loaded late by `import()`. V8 reads a file as a whole, and keeps its text. */
interface Part {
  readonly file: string;
  /** How the program names it. */
  readonly imported: RegExp;
  readonly entry: (compiled: string) => string;
}

const parts: readonly Part[] = [
  // no pod reads a kubeconfig with client-node
  {
    file: 'kubeconfig.cjs',
    imported: /^\.\/kubeconfig\.js$/,
    entry: (compiled) => join(compiled, 'src/runtime/kubeconfig.js'),
  },
  {
    file: 'yaml.cjs',
    imported: /^yaml\/public-api$/,
    entry: () => join(dirname(fileURLToPath(import.meta.resolve('yaml'))), 'public-api.js'),
  },
  // a certificate is made once in days, by the leader
  {
    file: 'x509.cjs',
    imported: /^@peculiar\/x509$/,
    entry: () => fileURLToPath(import.meta.resolve('@peculiar/x509')),
  },
];

/**
 * Makes a program out of the compiler's output: esbuild itself would drop the types that decorators leave behind.
 * Nothing is minified, so that a stack trace without a source map names lines that can be read.
 *
 * The files are CommonJS. An ES module that imports a module of Node's reads all that it exports, and for `node:http`
 * that loads fetch and WebSocket.
 *
 * @param compiled the folder with the compiler's output
 */
export async function bundle(compiled: string, folder: string): Promise<Bundle> {
  const script = join(folder, 'main.cjs');
  const place = ({ file }: Part) => join(folder, file);
  const [modules] = await Promise.all([
    bundleOne(join(compiled, 'src/cmd/main.js'), script, [partsApart, leanEntries]),
    ...parts.map((part) => bundleOne(part.entry(compiled), place(part), [leanEntries])),
  ]);
  return { script, parts: parts.map(place), modules };
}

/**
 * Makes one file of a module and all that it imports, an ES module if it is called `.mjs`.
 *
 * @returns paths of the modules of which something is in it
 */
export async function bundleOne(
  entry: string,
  outfile: string,
  plugins: readonly Plugin[] = [],
): Promise<string[]> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    ...(outfile.endsWith('.mjs') ? { format: 'esm', banner: { js: banner } } : { format: 'cjs' }),
    // without the loader of ES modules
    supported: { 'dynamic-import': false },
    // of ES modules esbuild leaves out what nobody uses, such as validators of phone numbers
    mainFields: ['module', 'main'],
    legalComments: 'eof',
    plugins: [...plugins],
    logLevel: 'warning',
  });
  await mkdir(dirname(outfile), { recursive: true });
  for (const { path, text } of outputFiles) await writeFile(path, ascii(text));
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}

/**
 * Escapes what is not ASCII; in esbuild's output that is in comments and regular expressions only. With one other letter
 * V8 keeps the whole text in two bytes for each.
 */
function ascii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Leaves parts in files of their own. */
const partsApart: Plugin = {
  name: 'parts',
  setup(build) {
    for (const { file, imported } of parts)
      build.onResolve({ filter: imported }, () => ({ path: `./${file}`, external: true }));
  },
};

/** Entries of packages that load much more than what we use of them, and what they are replaced by. */
const entries: Readonly<Record<string, string>> = {
  // fetch, caches, mocks and proxies; all ways to ask but the one that we use
  'undici/index.js': `
    require('./lib/dispatcher/dispatcher').prototype.request = require('./lib/api/api-request');
    exports.Pool = require('./lib/dispatcher/pool');`,
  // HTTP/2, which our pools do not offer: it brings node:http2
  'undici/lib/dispatcher/client-h2.js': `
    module.exports = () => { throw new Error('HTTP/2 is not in this program'); };`,
  // bodies of fetch; ours are texts
  'undici/lib/web/fetch/body.js': '',
  'undici/lib/web/fetch/formdata.js': '',
  'undici/lib/web/webidl/index.js': `exports.webidl = { is: { FormData: () => false } };`,
  // another parser in WebAssembly, an experiment that has to be asked for
  'undici/lib/dispatcher/parser-h1.js': `exports.getMiloEnabled = () => false;`,
  // a gateway for metrics and metrics of clusters of processes: they bring node:cluster and node:zlib
  'prom-client/index.js': `
    exports.Registry = require('./lib/registry');
    exports.Counter = require('./lib/counter');
    exports.Gauge = require('./lib/gauge');
    exports.Histogram = require('./lib/histogram');
    exports.collectDefaultMetrics = require('./lib/defaultMetrics');`,
  // traces, to which metrics refer if they are told to
  '@opentelemetry/api/dist/index.cjs': `exports.trace = exports.context = undefined;`,
  // containers of loggers, and colors
  'winston/lib/winston.js': `
    exports.createLogger = require('./winston/create-logger');
    exports.format = { printf: require('logform/printf') };
    exports.transports = { Stream: require('./winston/transports/stream') };`,
  'winston/lib/winston/config/index.js': `exports.npm = require('triple-beam').configs.npm;`,
  // messages that hold certificates, and what requests ask for: we write certificates only
  '@peculiar/asn1-cms/build/es2015/index.js': `exports.id_signedData = '1.2.840.113549.1.7.2';`,
  '@peculiar/asn1-pkcs9/build/es2015/index.js': `
    exports.id_pkcs9_at_challengePassword = '1.2.840.113549.1.9.7';
    exports.id_pkcs9_at_extensionRequest = '1.2.840.113549.1.9.14';`,
  // gateways read no YAML, and an operator without Links does not either
  'yaml/dist/index.js': ['parse', 'parseAllDocuments', 'stringify']
    .map((name) => `exports.${name} = (value) => require('yaml/public-api').${name}(value);`)
    .join('\n'),
  // Node's own streams, as with READABLE_STREAM=disable
  'readable-stream/readable.js': `module.exports = require('node:stream');`,
  'readable-stream/lib/_stream_writable.js': `module.exports = require('node:stream').Writable;`,
  // winston's log about itself
  '@dabh/diagnostics/node/index.js': `module.exports = () => () => false;`,
  // clients and 700 classes for all kinds of objects
  '@kubernetes/client-node/dist/index.js': `export { KubeConfig } from './config.js';`,
  '@kubernetes/client-node/dist/gen/index.js': `
    export { createConfiguration } from './configuration.js';
    export { ServerConfiguration } from './servers.js';`,
};

/** Replaces the entries of those packages. */
const leanEntries: Plugin = {
  name: 'lean entries',
  setup(build) {
    for (const [name, contents] of Object.entries(entries))
      build.onLoad({ filter: new RegExp(`/node_modules/${name}$`) }, () => ({ contents }));
  },
};
