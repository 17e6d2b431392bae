import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMap, KubeObject } from '../api/objects.js';
import { createStore, type Change } from './cache.js';

function configMap(
  name: string,
  o: { uid?: string; version?: string; data?: Record<string, string> } = {},
): ConfigMap {
  const { uid = `uid of ${name}`, version = '1', data = {} } = o;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid, resourceVersion: version },
    data,
  };
}

function store() {
  const errors: unknown[] = [];
  const changes: string[] = [];
  const made = createStore<ConfigMap>({
    indexes: { colour: ({ data }) => (data?.colour === undefined ? [] : data.colour.split(' ')) },
    onError: (error) => errors.push(error),
  });
  made.onChange((change) => changes.push(describe(change)));
  return { made, changes, errors };
}

function describe(change: Change<ConfigMap>): string {
  const { name, uid, resourceVersion } = change.object.metadata;
  return `${change.type} ${name} ${uid === `uid of ${name}` ? '' : uid}@${resourceVersion}`;
}

test('put() adds, updates, and says nothing about what it already knows', () => {
  const { made, changes } = store();
  made.put(configMap('a'));
  made.put(configMap('a', { version: '2' }));
  made.put(configMap('a', { version: '2' }));
  assert.deepEqual(changes, ['added a @1', 'updated a @2']);
  assert.equal(made.size, 1);
});

test('put() of another uid under the same name is a deletion and an addition', () => {
  const { made, changes } = store();
  made.put(configMap('a'));
  made.put(configMap('a', { uid: 'other', version: '2' }));
  assert.deepEqual(changes, ['added a @1', 'deleted a @1', 'added a other@2']);
});

test('an update tells the object before it', () => {
  const { made } = store();
  const previous: (string | undefined)[] = [];
  made.onChange((change) => {
    if (change.type !== 'deleted') previous.push(change.previous?.metadata.resourceVersion);
  });
  made.put(configMap('a'));
  made.put(configMap('a', { version: '2' }));
  assert.deepEqual(previous, [undefined, '1']);
});

test('drop() of what is not there says nothing', () => {
  const { made, changes } = store();
  made.drop(configMap('a'));
  assert.deepEqual(changes, []);
});

test('replace() tells the differences only, deletions first', () => {
  const { made, changes } = store();
  for (const name of ['gone', 'kept', 'changed', 'made again']) made.put(configMap(name));
  changes.length = 0;
  const fresh = [
    configMap('new'),
    configMap('kept'),
    configMap('changed', { version: '2' }),
    configMap('made again', { uid: 'other', version: '3' }),
  ];
  made.replace(fresh);
  assert.deepEqual(changes, [
    'deleted gone @1',
    'deleted made again @1',
    'added new @1',
    'updated changed @2',
    'added made again other@3',
  ]);
});

test('by() follows additions, changes and deletions', () => {
  const { made } = store();
  const names = (colour: string) => made.by('colour', colour).map(({ metadata }) => metadata.name);
  made.put(configMap('a', { data: { colour: 'red' } }));
  made.put(configMap('b', { data: { colour: 'red blue' } }));
  assert.deepEqual([names('red'), names('blue'), names('green')], [['a', 'b'], ['b'], []]);
  made.put(configMap('a', { version: '2', data: { colour: 'blue' } }));
  assert.deepEqual([names('red'), names('blue')], [['b'], ['b', 'a']]);
  made.drop(configMap('b'));
  assert.deepEqual([names('red'), names('blue')], [[], ['a']]);
});

test('by() of an index that does not exist names those that do', () => {
  assert.throws(() => store().made.by('size', 'big'), /no index size; there are colour/);
});

test('list() and by() give the same array until something changes', () => {
  const { made } = store();
  made.put(configMap('a', { data: { colour: 'red' } }));
  const [list, red] = [made.list(), made.by('colour', 'red')];
  assert.equal(made.list(), list);
  assert.equal(made.by('colour', 'red'), red);
  made.put(configMap('b', { data: { colour: 'red' } }));
  assert.equal(made.list().length, 2);
  assert.equal(made.by('colour', 'red').length, 2);
});

test('an object keeps its spec, as the same object, while only other fields change', () => {
  interface Written extends KubeObject {
    spec: { ports: number[] };
    status: number;
  }
  const made = createStore<Written>({ onError: (error) => assert.fail(String(error)) });
  const put = (resourceVersion: string, spec: Written['spec'], status: number) => {
    made.put({
      apiVersion: 'x/v1',
      kind: 'X',
      metadata: { name: 'a', uid: '1', resourceVersion },
      spec,
      status,
    });
    return made.get('a')?.spec;
  };
  const first = put('1', { ports: [80] }, 1);
  assert.equal(put('2', { ports: [80] }, 2), first);
  assert.deepEqual([made.get('a')?.status, made.get('a')?.spec], [2, { ports: [80] }]);
  const second = put('3', { ports: [443] }, 2);
  assert.deepEqual(second, { ports: [443] });
  assert.notEqual(second, first);
});

test('objects are frozen', () => {
  const { made } = store();
  made.put(configMap('a'));
  const held = made.get('default/a') as ConfigMap;
  assert.throws(() => (held.kind = 'Other'), TypeError);
  assert.throws(() => (held.metadata.name = 'other'), TypeError);
});

test('a listener that throws is reported and the next one is called', () => {
  const { made, errors } = store();
  made.onChange(() => {
    throw new Error('bad');
  });
  let called = 0;
  const off = made.onChange(() => called++);
  made.put(configMap('a'));
  off();
  made.put(configMap('b'));
  assert.equal(called, 1);
  assert.equal(errors.length, 2);
});

test('ten thousand objects are put, found and dropped without going through all of them each time', () => {
  const { made } = store();
  const started = performance.now();
  for (let i = 0; i < 10_000; i++) made.put(configMap(`n${i}`, { data: { colour: `c${i % 5_000}` } }));
  for (let i = 0; i < 10_000; i++) assert.equal(made.by('colour', `c${i % 5_000}`).length, 2);
  for (let i = 0; i < 10_000; i++) made.drop(configMap(`n${i}`));
  // Generous: one pass per operation would take minutes.
  assert.ok(performance.now() - started < 5_000);
});
