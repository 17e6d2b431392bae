import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { podLabels } from '../api/names.js';
import type { Component } from './install.js';
import { readInstall } from './settings.js';
import { synthesize } from './synth.js';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
  readonly rules?: readonly { readonly verbs: readonly string[]; readonly resources: readonly string[] }[];
  readonly spec?: Readonly<Record<string, unknown>>;
}

const clusterScoped = new Set(['Namespace', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding']);

const regenerate = 'run `npx cdk8s synth` and commit what it writes';

suite('synthesize()', () => {
  let folder: string;
  let manifests: string;
  let crds: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'service-mirror-synth-'));
    [manifests, crds] = [join(folder, 'manifests'), join(folder, 'crds')];
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    synthesize({ manifests, crds }, readInstall({}, version));
  });
  after(() => rm(folder, { recursive: true }));

  const objectsIn = async (path: string): Promise<Manifest[]> =>
    parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS() as Manifest);

  /** What `kubectl apply -f manifests/` applies, in its order. */
  const installed = async (): Promise<Manifest[]> => {
    const files = (await readdir(manifests)).filter((name) => name.endsWith('.yaml')).sort();
    return (await Promise.all(files.map((name) => objectsIn(join(manifests, name))))).flat();
  };

  for (const generated of ['manifests', 'crds']) {
    test(`writes what is committed in ${generated}/`, async () => {
      const [fresh, committed] = await Promise.all([filesOf(join(folder, generated)), filesOf(generated)]);
      assert.deepEqual([...committed.keys()], [...fresh.keys()], regenerate);
      for (const [name, text] of fresh) assert.equal(committed.get(name), text, `${name}: ${regenerate}`);
    });
  }

  test('puts the namespace and the CRDs before everything else', async () => {
    const kinds = (await installed()).map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(0, 3), [
      'Namespace',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
    ]);
    assert.equal(kinds.lastIndexOf('CustomResourceDefinition'), 3);
  });

  test('keeps the access of a peer out of the installation', async () => {
    const names = (await installed()).map(({ metadata }) => metadata.name);
    assert.ok(!names.includes('service-mirror-peer'));
    const access = await objectsIn(join(manifests, 'peer-access', 'peer-access.yaml'));
    assert.deepEqual(
      access.map(({ kind }) => kind),
      ['ClusterRole', 'ClusterRole', 'Role'],
    );
  });

  test('gives a namespace to what has one, and to nothing else', async () => {
    for (const { kind, metadata } of await installed()) {
      const namespace = clusterScoped.has(kind) ? undefined : 'service-mirror';
      assert.equal(metadata.namespace, namespace, `${kind} ${metadata.name}`);
    }
  });

  test('grants no verb or resource by a wildcard, and nothing that writes to a peer', async () => {
    const access = await objectsIn(join(manifests, 'peer-access', 'peer-access.yaml'));
    const rules = (objects: readonly Manifest[]) => objects.flatMap(({ rules = [] }) => rules);
    for (const { verbs, resources } of rules([...(await installed()), ...access])) {
      assert.ok(!verbs.includes('*') && !resources.some((resource) => resource.includes('*')));
    }
    for (const { verbs } of rules(access)) {
      assert.deepEqual(
        verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb)),
        [],
      );
    }
  });

  test('lets the operator alone write a status, which says where egress ports lead', async () => {
    const writers = (await installed()).filter(({ rules = [] }) =>
      rules.some(({ resources }) => resources.includes('servicemirrors/status')),
    );
    assert.deepEqual(
      writers.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ['ClusterRole service-mirror-operator'],
    );
  });

  test('selects pods by labels that no release changes', async () => {
    const deployments = (await installed()).filter(({ kind }) => kind === 'Deployment');
    const selectors = deployments.map(
      ({ spec }) => (spec as { selector: { matchLabels: object } }).selector.matchLabels,
    );
    const components: Component[] = ['operator', 'egress', 'ingress'];
    assert.deepEqual(selectors, components.map(podLabels));
  });

  test('writes the same bytes twice', async () => {
    const again = { manifests: join(folder, 'again', 'manifests'), crds: join(folder, 'again', 'crds') };
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    synthesize(again, readInstall({}, version));
    assert.deepEqual(await filesOf(again.manifests), await filesOf(manifests));
    assert.deepEqual(await filesOf(again.crds), await filesOf(crds));
  });
});

/** Texts of the files below a folder, by path. */
async function filesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true });
  const names = entries.filter((name) => name.endsWith('.yaml')).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}
