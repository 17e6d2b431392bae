import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** A program in two files. */
export interface Bundle {
  /** The program: CommonJS, with everything that it needs in a pod. */
  readonly script: string;
  /** The part that reads kubeconfigs, which no pod loads; it lies beside the script. */
  readonly kubeconfig: string;
  /** Paths of the modules of which something went into the script. */
  readonly modules: readonly string[];
}

/** CommonJS packages inside an ES module still ask for `require`. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const kubeconfigName = 'kubeconfig.cjs';

/**
 * Makes a program of two files out of the compiler's output: esbuild itself would drop the types that decorators leave
 * behind. Nothing is minified, so that a stack trace without a source map names lines that can be read.
 *
 * The files are CommonJS. An ES module that imports a module of Node's reads all that it exports, and for `node:http`
 * that loads fetch and WebSocket.
 *
 * @param compiled the folder with the compiler's output
 */
export async function bundle(compiled: string, folder: string): Promise<Bundle> {
  const script = join(folder, 'main.cjs');
  const kubeconfig = join(folder, kubeconfigName);
  const [modules] = await Promise.all([
    bundleOne(join(compiled, 'src/cmd/main.js'), script, [kubeconfigApart, lean('undici/index.js')]),
    bundleOne(join(compiled, 'src/runtime/kubeconfig.js'), kubeconfig, [
      lean('@kubernetes/client-node/dist/index.js', '@kubernetes/client-node/dist/gen/index.js'),
    ]),
  ]);
  return { script, kubeconfig, modules };
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
    // of ES modules esbuild leaves out what nobody uses, such as validators of phone numbers
    mainFields: ['module', 'main'],
    // errors and metrics carry class names
    keepNames: true,
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

/** Leaves the module that reads kubeconfigs in a file of its own. */
const kubeconfigApart: Plugin = {
  name: 'kubeconfig apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/kubeconfig\.js$/ }, () => ({
      path: `./${kubeconfigName}`,
      external: true,
    }));
  },
};

/** Entries of packages that load much more than what we use of them, and what they are replaced by. */
const entries: Readonly<Record<string, string>> = {
  // fetch, caches, mocks and proxies
  'undici/index.js': `
    Object.assign(require('./lib/dispatcher/dispatcher').prototype, require('./lib/api'));
    exports.Pool = require('./lib/dispatcher/pool');`,
  // clients and 700 classes for all kinds of objects
  '@kubernetes/client-node/dist/index.js': `export { KubeConfig } from './config.js';`,
  '@kubernetes/client-node/dist/gen/index.js': `
    export { createConfiguration } from './configuration.js';
    export { ServerConfiguration } from './servers.js';`,
};

/** Replaces the entries of those packages. */
function lean(...names: readonly string[]): Plugin {
  return {
    name: 'lean entries',
    setup(build) {
      for (const name of names)
        build.onLoad({ filter: new RegExp(`/node_modules/${name}$`) }, () => ({
          contents: entries[name] ?? '',
        }));
    },
  };
}
