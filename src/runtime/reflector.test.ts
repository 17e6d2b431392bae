import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ConfigMap } from '../api/objects.js';
import { configMaps } from '../api/resources.js';
import { eventually, fakeClock, type FakeClock } from '../../test/clock.js';
import { startFakeApi, type FakeApi, type OpenWatch } from '../../test/fakeapi.js';
import { createKube, type KubeClient } from './kube.js';
import { silent } from './log.js';
import { createReflector, RelistHeld, type Reflector, type ReflectorOptions } from './reflector.js';

let api: FakeApi;
let kube: KubeClient;
let clock: FakeClock;
let stop: AbortController;
let over: Promise<void>;
let seen: string[];
let reflector: Reflector<ConfigMap>;

beforeEach(async () => {
  api = await startFakeApi();
  kube = createKube(api.config, { fieldManager: 'tester' });
  clock = fakeClock();
  stop = new AbortController();
  over = Promise.resolve();
  seen = [];
});
afterEach(async () => {
  stop.abort();
  await kube.close();
  await api.close();
  await over;
});

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

function make(o: Partial<ReflectorOptions<ConfigMap>> = {}): Reflector<ConfigMap> {
  reflector = createReflector(kube, configMaps, { clock, log: silent, random: () => 0, ...o });
  reflector.cache.onChange(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
  return reflector;
}

function run(o: Partial<ReflectorOptions<ConfigMap>> = {}): Reflector<ConfigMap> {
  make(o);
  over = reflector.run(stop.signal);
  return reflector;
}

async function synced(o: Partial<ReflectorOptions<ConfigMap>> = {}): Promise<OpenWatch> {
  await run(o).whenSynced();
  return watching();
}

const watching = (): Promise<OpenWatch> => eventually(() => api.watches()[0] ?? false);
const lists = () => api.seen.filter(({ method, watch }) => method === 'GET' && !watch).length;
const names = () =>
  reflector.cache
    .list()
    .map(({ metadata }) => metadata.name)
    .sort();
/** Moves time on until something has happened that takes the network, too. */
const waitFor = (condition: () => boolean, step = 1_000) =>
  eventually(async () => condition() || (await clock.advance(step), condition()));

test('a reflector lists, then follows what happens', async () => {
  api.put(configMaps, configMap('a'));
  await synced();
  api.put(configMaps, configMap('b'));
  api.put(configMaps, configMap('a', { x: '1' }));
  api.drop(configMaps, 'default/b');
  await eventually(() => seen.length === 4);
  assert.deepEqual(seen, ['added a', 'added b', 'updated a', 'deleted b']);
  assert.equal(reflector.cache.get('default/a')?.data?.x, '1');
  assert.equal(lists(), 1);
});

test('who hears that a reflector is live finds its cache synced', async () => {
  const found: boolean[] = [];
  make();
  reflector.onState(() => found.push(reflector.cache.synced));
  over = reflector.run(stop.signal);
  await reflector.whenSynced();
  assert.deepEqual(found, [true]);
});

test('a reflector takes in all pages of a list', async () => {
  for (let i = 0; i < 1_203; i++) api.put(configMaps, configMap(`n${i}`));
  await synced();
  assert.equal(reflector.cache.size, 1_203);
  assert.equal(lists(), 3);
});

test('a reset watch goes on from where it was, and nothing is lost or listed again', async () => {
  api.put(configMaps, configMap('a'));
  (await synced()).reset();
  await eventually(() => api.watches().length === 0);
  api.put(configMaps, configMap('meanwhile'));
  await waitFor(() => reflector.cache.size === 2);
  assert.equal(lists(), 1);
  assert.deepEqual(seen, ['added a', 'added meanwhile']);
  assert.equal(reflector.state.phase, 'live');
});

test('a watch that the server ends in good order is opened again at once', async () => {
  const first = await synced();
  api.put(configMaps, configMap('a'));
  await eventually(() => seen.length === 1);
  first.end();
  await eventually(() => api.watches()[0] !== undefined && api.watches()[0] !== first);
  assert.equal(
    api.seen.at(-1)?.query.get('resourceVersion'),
    api.find(configMaps, 'default/a')?.metadata.resourceVersion,
  );
});

test('bookmarks move the version from which the next watch starts', async () => {
  const first = await synced();
  api.put(configMaps, configMap('elsewhere'));
  await eventually(() => seen.length === 1);
  first.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '777' } } })}\n`);
  first.end();
  await eventually(() => api.seen.at(-1)?.query.get('resourceVersion') === '777');
});

test('a 410 in the stream leads to a new list, which tells only differences', async () => {
  for (const name of ['gone', 'kept', 'changed']) api.put(configMaps, configMap(name));
  const first = await synced();
  seen.length = 0;
  first.mute();
  api.drop(configMaps, 'default/gone');
  api.put(configMaps, configMap('changed', { x: '1' }));
  api.put(configMaps, configMap('new'));
  api.compact();
  first.reset();
  await waitFor(() => lists() === 2 && api.watches().length === 1);
  assert.deepEqual(seen.sort(), ['added new', 'deleted gone', 'updated changed']);
});

test('a 410 on the request for a watch leads to a new list, too', async () => {
  const first = await synced();
  api.fault(
    { watch: true },
    { kind: 'answer', status: 410, body: { reason: 'Expired', message: 'too old' } },
  );
  first.end();
  await waitFor(() => lists() === 2);
});

test('deleted and made again across a new list is a deletion and an addition', async () => {
  api.put(configMaps, configMap('a'));
  const first = await synced();
  first.mute();
  api.drop(configMaps, 'default/a');
  api.put(configMaps, configMap('a'));
  api.compact();
  first.reset();
  await waitFor(() => seen.length === 3);
  assert.deepEqual(seen, ['added a', 'deleted a', 'added a']);
});

test('blind is not empty: while every call fails, nothing is deleted, and the state says since when', async () => {
  api.put(configMaps, configMap('a'));
  await synced();
  api.compact();
  const heal = api.fault({ times: Infinity }, { kind: 'answer', status: 500 });
  const phases: string[] = [];
  reflector.onState(() => phases.push(reflector.state.phase));
  const failedAt = clock.now();
  api.disconnect();
  await waitFor(() => reflector.state.phase === 'failing');
  const { since } = reflector.state as { since: number };
  assert.ok(since >= failedAt && since <= failedAt + 5_000);
  await waitFor(() => lists() > 4, 30_000);
  assert.deepEqual([names(), seen], [['a'], ['added a']]);
  assert.equal((reflector.state as { since: number }).since, since);
  heal();
  await waitFor(() => reflector.state.phase === 'live', 30_000);
  assert.deepEqual(phases, ['failing', 'live']);
});

test('a server that is reset between two watches is found again without a new list', async () => {
  api.put(configMaps, configMap('a'));
  await synced();
  const heal = api.fault({ times: Infinity }, { kind: 'reset' });
  const phases: string[] = [];
  reflector.onState(() => phases.push(reflector.state.phase));
  api.disconnect();
  await waitFor(() => api.seen.filter(({ watch }) => watch).length > 8, 30_000);
  heal();
  await waitFor(() => reflector.state.phase === 'live' && api.watches().length === 1, 30_000);
  assert.equal(lists(), 1);
  assert.deepEqual(phases, ['failing', 'live']);
});

test('the first list is tried until it works, no faster than the server asks', async () => {
  api.fault({}, { kind: 'answer', status: 500 });
  api.fault({}, { kind: 'answer', status: 429, headers: { 'retry-after': '40' } });
  run();
  await eventually(() => reflector.state.phase === 'failing' && clock.timers === 1);
  assert.equal(reflector.cache.synced, false);
  await clock.advance(500);
  await eventually(() => lists() === 2);
  await clock.advance(20_000);
  assert.equal(lists(), 2);
  await waitFor(() => reflector.cache.synced);
});

test('reconnect() opens a new watch in place of one that still looks alive', async () => {
  const first = await synced();
  api.blackhole();
  api.put(configMaps, configMap('meanwhile'));
  reflector.reconnect();
  await eventually(() => reflector.cache.size === 1);
  assert.ok(!api.watches().includes(first));
  assert.equal(lists(), 1);
});

test('reconnect() cuts the wait for the next attempt short', async () => {
  api.fault({}, { kind: 'answer', status: 500, headers: { 'retry-after': '3000' } });
  run();
  await eventually(() => reflector.state.phase === 'failing' && clock.timers === 1);
  reflector.reconnect();
  await reflector.whenSynced();
});

test('a version that the server refuses for ever is given up for a new list', async () => {
  const first = await synced();
  api.fault({ watch: true, times: 5 }, { kind: 'answer', status: 500 });
  first.end();
  await waitFor(() => lists() === 2 && api.watches().length === 1, 10_000);
});

test('a version from which every watch breaks at once is given up for a new list, too', async () => {
  await synced();
  const broken = new Set<OpenWatch>();
  await waitFor(() => {
    for (const watch of api.watches().filter((each) => !broken.has(each))) {
      broken.add(watch);
      watch.reset();
    }
    return lists() === 2;
  }, 10_000);
  assert.ok(broken.size >= 5);
});

test('half-open: a watch silent for 150 s is given up, a bookmark resets the wait', async () => {
  api.put(configMaps, configMap('a'));
  const first = await synced();
  await clock.advance(149_000);
  first.bookmark();
  await eventually(() => reflector.state.phase === 'live' && reflector.state.lastEventAt === clock.now());
  api.blackhole();
  await clock.advance(149_000);
  assert.equal(api.seen.filter(({ watch }) => watch).length, 1);
  api.put(configMaps, configMap('meanwhile'));
  await waitFor(() => reflector.cache.size === 2);
  assert.equal(api.seen.filter(({ watch }) => watch).length, 2);
  assert.equal(lists(), 1);
});

test('half a JSON line in a watch loses nothing', async () => {
  const first = await synced();
  first.write('{"type":"ADDED","obj');
  first.mute();
  api.put(configMaps, configMap('a'));
  first.end();
  await waitFor(() => reflector.cache.size === 1);
});

test('events that make no sense are a failed watch, and harm nothing', async () => {
  api.put(configMaps, configMap('a'));
  await synced();
  for (const nonsense of [
    '{}',
    '[]',
    'null',
    '{"type":"ADDED"}',
    '{"type":"MODIFIED","object":{"metadata":null}}',
  ]) {
    const bad = await watching();
    bad.write(`${nonsense}\n`);
    await waitFor(() => !api.watches().includes(bad));
    await waitFor(() => api.watches().length === 1);
  }
  api.put(configMaps, configMap('b'));
  await waitFor(() => reflector.cache.size === 2);
  assert.deepEqual(seen, ['added a', 'added b']);
});

test('half a page of JSON in a list takes nothing in', async () => {
  api.put(configMaps, configMap('a'));
  api.fault({}, { kind: 'truncate' });
  run();
  await waitFor(() => reflector.state.phase === 'failing', 0);
  assert.equal(reflector.cache.synced, false);
  await waitFor(() => reflector.cache.synced);
  assert.deepEqual(names(), ['a']);
});

test('a handler that throws is reported, and neither the others nor the reflector mind', async () => {
  const errors: string[] = [];
  const log = { ...silent, error: (message: string) => void errors.push(message) };
  make({ log, indexes: { bad: () => assert.fail('a bad index') } });
  reflector.cache.onChange(() => {
    throw new Error('a bad handler');
  });
  const after: string[] = [];
  reflector.cache.onChange(({ object }) => after.push(object.metadata.name));
  over = reflector.run(stop.signal);
  await reflector.whenSynced();
  api.put(configMaps, configMap('a'));
  api.put(configMaps, configMap('b'));
  await eventually(() => after.length === 2);
  assert.equal(errors.length, 4);
});

test('stopped in the middle of a list, a reflector opens no watch', async () => {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  api.put(configMaps, configMap('a'));
  api.fault(
    {},
    {
      kind: 'first',
      run: () => {
        arrived.resolve();
        return released.promise;
      },
    },
  );
  run();
  await arrived.promise;
  stop.abort();
  await over;
  released.resolve();
  await kube.list(configMaps, {});
  assert.equal(api.watches().length, 0);
  assert.equal(api.seen.filter(({ watch }) => watch).length, 0);
  assert.deepEqual(seen, []);
});

test('stopped, a reflector leaves no watch and no timer', async () => {
  await synced();
  stop.abort();
  await over;
  await eventually(() => api.watches().length === 0);
  assert.equal(clock.timers, 0);
});

test('whenSynced() ends with the reason of its signal', async () => {
  const waiting = make().whenSynced(stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(reflector.whenSynced(stop.signal), /enough/);
});

test('a reflector runs once', async () => {
  await synced();
  await assert.rejects(reflector.run(stop.signal), /already runs/);
});

test('beforeList that throws is a failed list and changes nothing', async () => {
  api.put(configMaps, configMap('a'));
  let refuse = false;
  const beforeList = async () => {
    if (refuse) throw new Error('another cluster');
  };
  await synced({ beforeList });
  refuse = true;
  api.drop(configMaps, 'default/a');
  api.put(configMaps, configMap('foreign'));
  await eventually(() => seen.length === 3);
  api.compact();
  api.drop(configMaps, 'default/foreign');
  api.compact();
  api.disconnect();
  await waitFor(() => reflector.state.phase === 'failing');
  assert.deepEqual([names(), lists()], [['foreign'], 1]);
  refuse = false;
  await waitFor(() => reflector.cache.size === 0);
});

test('onRelist holds a list that deletes too much, until it lets it through', async () => {
  for (const name of ['a', 'b', 'c']) api.put(configMaps, configMap(name));
  let hold = true;
  const asked: [number, number][] = [];
  const first = await synced({
    onRelist({ deleted, total }) {
      asked.push([deleted.length, total]);
      return !hold;
    },
  });
  assert.deepEqual(asked, [], 'the first list is not asked about');
  first.mute();
  for (const name of ['a', 'b']) api.drop(configMaps, `default/${name}`);
  api.compact();
  first.reset();
  await waitFor(() => reflector.state.phase === 'failing');
  assert.ok((reflector.state as { error: unknown }).error instanceof RelistHeld);
  assert.deepEqual(
    [names(), asked[0]],
    [
      ['a', 'b', 'c'],
      [2, 3],
    ],
  );
  hold = false;
  await waitFor(() => reflector.cache.size === 1, 10_000);
});

test('only our own managed fields are kept, unless the transform says otherwise', async () => {
  await kube.create(configMaps, configMap('ours', { a: '1' }));
  const other = createKube(api.config, { fieldManager: 'other' });
  await other.mergePatch(configMaps, 'default/ours', { data: { b: '2' } });
  await other.close();
  await synced();
  const { metadata } = reflector.cache.get('default/ours') ?? assert.fail();
  assert.deepEqual(
    metadata.managedFields?.map(({ manager }) => manager),
    ['tester'],
  );
});

test('what no longer fits the selector is deleted', async () => {
  const labelled = {
    ...configMap('a'),
    metadata: { name: 'a', namespace: 'default', labels: { on: 'yes' } },
  };
  api.put(configMaps, labelled);
  await synced({ labelSelector: 'on=yes' });
  api.put(configMaps, configMap('a'));
  await eventually(() => reflector.cache.size === 0);
});
