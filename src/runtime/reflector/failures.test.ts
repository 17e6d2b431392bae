import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import type { OpenWatch } from '../../../test/fakeapi/fakeapi.js';
import {
  api,
  clock,
  configMap,
  lists,
  names,
  reflector,
  run,
  seen,
  synced,
  useReflector,
  waitFor,
  watching,
} from '../../../test/gen/reflecting.js';
import { configMaps } from '../../api/resources.js';
import { createLiveness, stuckAfter } from '../liveness.js';

useReflector();

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
  const failedAt = clock.monotonic();
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

/** Spoils each watch that is opened, until so many have been. */
async function spoil(count: number, how: (watch: OpenWatch) => void): Promise<void> {
  const spoilt = new Set<OpenWatch>();
  await waitFor(() => {
    for (const watch of api.watches().filter((each) => !spoilt.has(each))) {
      spoilt.add(watch);
      how(watch);
    }
    return spoilt.size >= count;
  }, 100);
}

test('watches that are answered 410 are asked for less and less often, though each list works', async () => {
  api.fault({ watch: true, times: Infinity }, { kind: 'answer', status: 410 });
  const started = clock.monotonic();
  run();
  await waitFor(() => lists() === 8, 100);
  assert.ok(clock.monotonic() - started >= 500 + 1_000 + 2_000 + 4_000 + 8_000 + 16_000);
});

test('watches that end at once with something new are asked for at a pace', async () => {
  await synced();
  const started = clock.monotonic();
  let version = 1_000;
  await spoil(10, (watch) => {
    const object = { metadata: { resourceVersion: String(++version) } };
    watch.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    watch.end();
  });
  assert.ok(clock.monotonic() - started >= 500 + 1_000 + 6 * 2_000);
  assert.equal(lists(), 1);
});

test('a watch that has lived for a while makes good for those that did not', async () => {
  await synced();
  await spoil(4, (watch) => watch.end());
  const opened = () => api.seen.filter(({ watch }) => watch).length;
  await waitFor(() => opened() === 5, 100);
  api.put(configMaps, configMap('a'));
  await eventually(() => seen.length === 1);
  await clock.advance(5_000);
  const before = clock.monotonic();
  api.watches().forEach((watch) => watch.end());
  await eventually(() => opened() === 6);
  assert.equal(clock.monotonic(), before);
});

test('a Retry-After of years is waited for no longer than a minute', async () => {
  api.fault({}, { kind: 'answer', status: 429, headers: { 'retry-after': '99999999' } });
  run();
  await eventually(() => reflector.state.phase === 'failing' && clock.timers === 1);
  await clock.advance(60_000);
  await reflector.whenSynced();
});

test('an API server that is away makes no process stuck, a list that never ends does', async () => {
  const liveness = createLiveness(clock);
  let away = true;
  const held = Promise.withResolvers<void>();
  const beforeList = () => (away ? Promise.reject(new Error('away')) : held.promise);
  run({ liveness, beforeList });
  for (let i = 0; i < 50; i++) await clock.advance(30_000);
  assert.equal(reflector.state.phase, 'failing');
  assert.deepEqual(liveness.problems(), []);
  away = false;
  await clock.advance(30_000);
  await clock.advance(stuckAfter);
  assert.match(liveness.problems().join(), /^following configmaps has stood still/);
  held.resolve();
});
