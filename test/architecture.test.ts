import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { heldByConformance, testedElsewhere } from './testedelsewhere.js';

/** The tree is read where it stands: the tests run from `build/test`. */
const root = join(import.meta.dirname, '../..');
const filesIn = (...patterns: string[]) => globSync(patterns, { cwd: root }).map(normalize).toSorted();
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const code = filesIn('src/**/*.ts').filter((file) => !file.endsWith('.d.ts'));
const sources = code.filter((file) => !file.endsWith('.test.ts'));

/**
 * What each room may import besides itself, rooms and files, lowest room first. The operator's rooms (mirror, transport, controllers) and
 * the gateways' room never import each other: what both need stands in a lower room.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: [],
  endpoints: ['api'],
  runtime: ['api'],
  net: ['api', 'runtime'],
  pki: ['api', 'runtime'],
  protocol: ['api', 'runtime', 'net', 'pki'],
  exports: ['api', 'endpoints', 'runtime', 'net', 'protocol'],
  peers: ['api', 'runtime', 'net', 'pki', 'protocol'],
  mirror: ['api', 'endpoints'],
  transport: ['api', 'endpoints', 'protocol', 'mirror'],
  migration: ['api'],
  controllers: [
    'api',
    'endpoints',
    'runtime',
    'net',
    'pki',
    'protocol',
    'exports',
    'peers',
    'mirror',
    'transport',
  ],
  gateway: ['api', 'endpoints', 'runtime', 'net', 'pki', 'protocol', 'exports'],
  chart: ['api', 'src/gateway/implementations.ts'],
  cmd: ['api', 'runtime', 'net', 'pki', 'protocol', 'migration', 'controllers', 'gateway'],
};

/** What each folder of the controllers may import of the others. */
const controllersMayImport: Readonly<Record<string, readonly string[]>> = {
  link: [],
  mirror: ['link'],
  import: ['link', 'mirror'],
  export: ['link'],
  gateway: ['link'],
  rotation: ['link', 'gateway'],
  invitation: ['link'],
};

/** What all controllers may import; the wiring and the operator stand above them. */
const besideThem = ['caches', 'duty', 'refusals', 'notmanaged'].map((name) => `src/controllers/${name}.ts`);

/** Packages that only one place may know. */
const atHome: Readonly<Record<string, RegExp>> = {
  winston: /^src\/runtime\/log\.ts$/,
  cdk8s: /^src\/chart\//,
  'cdk8s-plus-28': /^src\/chart\//,
  constructs: /^src\/chart\//,
  undici: /^src\/runtime\//,
  '@kubernetes/client-node': /^src\/runtime\//,
  '@peculiar/x509': /^src\/pki\//,
};

/** Longest file, in lines. */
const longest = 300;

const roomOf = (file: string) => file.split('/')[1] ?? '';

/** What a file imports or exports from elsewhere, types and dynamic imports included. */
function importsOf(file: string): string[] {
  const found = read(file).matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^']+)'/gm);
  return [...found].map(([, name = '']) => name);
}

/** Imports of our own files, as paths from the root. */
function ownImportsOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name).replace(/\.js$/, '.ts'));
}

/** The circles that are met on the way from these nodes, each as a path back to where it began. */
function circlesOf(nodes: readonly string[], next: (node: string) => readonly string[]): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (node: string, path: readonly string[]) => {
    if (path.includes(node)) circles.push([...path.slice(path.indexOf(node)), node].join(' -> '));
    if (path.includes(node) || done.has(node)) return;
    for (const after of new Set(next(node))) walk(after, [...path, node]);
    done.add(node);
  };
  for (const node of nodes) walk(node, []);
  return circles;
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

describe('imports', () => {
  it('exist', () => {
    const missing = sources.flatMap((file) =>
      ownImportsOf(file).flatMap((name) => (existsSync(join(root, name)) ? [] : [`${file} -> ${name}`])),
    );
    assert.deepEqual(missing, []);
    assert.ok(sources.length > 100, 'the tree was not found');
  });

  it('run one way, from what users write up to the processes', () => {
    const wrong = sources.flatMap((file) => {
      const from = roomOf(file);
      const allowed = mayImport[from];
      assert.ok(allowed, `${file} stands in a room without a rule`);
      return ownImportsOf(file)
        .filter((name) => roomOf(name) !== from && ![roomOf(name), name].some((one) => allowed.includes(one)))
        .map((name) => `${file} -> ${name}`);
    });
    assert.deepEqual(wrong, []);
  });

  it('never lead from sources into tests', () => {
    const wrong = sources.flatMap((file) =>
      ownImportsOf(file)
        .filter((name) => !name.startsWith('src/') || name.endsWith('.test.ts'))
        .map((name) => `${file} -> ${name}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('never lead from tools into tests', () => {
    const tools = filesIn('tools/**/*.ts');
    const wrong = tools.flatMap((file) =>
      ownImportsOf(file)
        .filter((name) => name.startsWith('test/'))
        .map((name) => `${file} -> ${name}`),
    );
    assert.deepEqual(wrong, []);
    assert.ok(tools.length > 50, 'the tools were not found');
  });

  it('lead to an implementation of the gateways from where they are chosen, and nowhere else', () => {
    // main.ts: the command `prepare` is HAProxy's own
    const choosers = ['src/gateway/agent/implementations.ts', 'src/cmd/main.ts'];
    const implementation = /^src\/gateway\/(node|haproxy)\//;
    const wrong = sources.flatMap((file) =>
      ownImportsOf(file)
        .filter((name) => implementation.test(name) && !name.startsWith(`${dirname(file)}/`))
        .filter((name) => implementation.exec(file)?.[1] !== implementation.exec(name)?.[1])
        .map((name) => `${file} -> ${name}`),
    );
    assert.deepEqual(
      wrong.filter((line) => !choosers.some((file) => line.startsWith(`${file} `))),
      [],
    );
    assert.ok(wrong.length > 0, 'no implementation is chosen');
  });

  it('run in no circle, neither of files nor of folders', () => {
    assert.deepEqual(circlesOf(sources, ownImportsOf), []);
    const folders = Map.groupBy(sources, dirname);
    // a folder and the one that it stands in are one thing here
    const isApart = (a: string, b: string) => !`${a}/`.startsWith(`${b}/`) && !`${b}/`.startsWith(`${a}/`);
    const importedBy = (folder: string) =>
      (folders.get(folder) ?? []).flatMap(ownImportsOf).map(dirname).filter(isApart.bind(null, folder));
    assert.deepEqual(circlesOf([...folders.keys()], importedBy), []);
  });

  it('run one way between the folders of the controllers', () => {
    const wrong = sources
      .filter((file) => /^src\/controllers\/.+\//.test(file))
      .flatMap((file) => {
        const [, , folder = ''] = file.split('/');
        const allowed = controllersMayImport[folder];
        assert.ok(allowed, `${file} stands in a folder without a rule`);
        const mayBe = new RegExp(`^src/controllers/(${[folder, ...allowed].join('|')})/`);
        return ownImportsOf(file)
          .filter((name) => roomOf(name) === 'controllers' && !mayBe.test(name))
          .filter((name) => !besideThem.includes(name))
          .map((name) => `${file} -> ${name}`);
      });
    assert.deepEqual(wrong, []);
  });

  it('of some packages stay where these are at home', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => !(atHome[packageOf(name)] ?? /./).test(file))
        .map((name) => `${file} -> ${name}`),
    );
    assert.deepEqual(wrong, []);
  });
});

describe('the wiring table', () => {
  const operator = 'src/controllers/operator.ts';
  const table = 'src/controllers/wiring.ts';

  it('alone wakes queues and makes forget', () => {
    const types = 'src/controllers/queues.ts';
    const others = sources.filter(
      (file) => file.startsWith('src/controllers/') && file !== table && file !== types,
    );
    const wrong = others.filter((file) =>
      /\bwake\(|\.(enqueue|enqueueAfter|invalidate)\(|\b(metrics|ports|renewals)\.(forget|release)\(|\b(Wake|Forget)\b/.test(
        file === operator ? withoutDoors(read(file)) : read(file),
      ),
    );
    assert.deepEqual(wrong, []);
  });

  it('hears of every change that the operator is told of', () => {
    const text = read(operator);
    const told = [...text.matchAll(/\bon[A-Z]\w*(?:: |\()(.*)/g)].map(([, handler = '']) => handler);
    assert.deepEqual(
      told.filter((handler) => !/^table\.\w+[,) ]/.test(handler)),
      [],
    );
    const rows = [...read(table).matchAll(/^ {4}(\w+): \(/gm)].map(([, row]) => row);
    assert.ok(rows.length > 10, 'the table was not found');
    assert.deepEqual(
      rows.filter((row) => !new RegExp(`\\btable\\.${row}\\b`).test(text)),
      [],
      'rows that nobody uses',
    );
  });

  /** The operator without the two places where the table's words become calls. */
  function withoutDoors(text: string): string {
    return text
      .replace(/^import .*/gm, '')
      .replace(/const wake: Wake = [^;]*;/, '')
      .replace(/const memories: [^;]*;\n/, '');
  }
});

describe('files', () => {
  it(`have at most ${longest} lines, tests too`, () => {
    const all = filesIn('{src,test,tools,examples,demo}/**/*.ts');
    assert.ok(all.length > 2 * sources.length, 'the tree was not found');
    const long = all.filter((file) => read(file).trimEnd().split('\n').length > longest);
    assert.deepEqual(long, []);
  });
});

describe('source files', () => {
  it('have a test beside them, or a reason', () => {
    const untested = sources.filter((file) => !existsSync(join(root, file.replace(/\.ts$/, '.test.ts'))));
    assert.deepEqual(
      untested.filter((file) => !(file in testedElsewhere) && !heldByConformance.has(file)),
      [],
    );
    assert.deepEqual(
      [...Object.keys(testedElsewhere), ...heldByConformance].filter((file) => !untested.includes(file)),
      [],
      'these need no reason any more',
    );
  });
});
