import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import {
  api,
  configMap,
  kube,
  lists,
  reflector,
  seen,
  synced,
  useReflector,
  waitFor,
} from '../../../test/gen/reflecting.js';
import type { ConfigMap } from '../../api/objects.js';
import { configMaps } from '../../api/resources.js';

useReflector();

const dataOf = (name: string) => reflector.cache.get(`default/${name}`)?.data?.x;

/** Sends a write to `a` as an applier does. */
async function own(send: () => Promise<ConfigMap>): Promise<ConfigMap> {
  const write = reflector.beginWrite('default/a');
  const written = await send();
  write.end(written);
  return written;
}

/** The watch of a reflector that hears nothing more. */
async function silenced() {
  const watch = await synced();
  watch.mute();
  return watch;
}

test('the answer to our own write is in the cache at once, and the watch brings no second change', async () => {
  await synced();
  const owns: boolean[] = [];
  reflector.cache.onChange((change) => owns.push('own' in change));
  await own(() => kube.create(configMaps, configMap('a', { x: '1' })));
  assert.equal(dataOf('a'), '1');
  api.put(configMaps, configMap('after'));
  await eventually(() => seen.includes('added after'));
  assert.deepEqual(seen, ['added a', 'added after']);
  assert.deepEqual(owns, [true, false]);
});

test('an event that arrives before the answer to our own write is known for our own', async () => {
  await synced();
  const owns: string[] = [];
  reflector.cache.onChange((change) => owns.push(`${change.object.metadata.name} ${'own' in change}`));
  const write = reflector.beginWrite('default/a');
  const written = await kube.create(configMaps, configMap('a', { x: '1' }));
  api.put(configMaps, configMap('b'));
  await eventually(() => seen.includes('added b'));
  assert.deepEqual(owns, ['b false']);
  write.end(written);
  assert.deepEqual(owns, ['b false', 'a true']);
});

test('what others did while our own write was under way comes after it', async () => {
  await synced();
  const write = reflector.beginWrite('default/a');
  const written = await kube.create(configMaps, configMap('a', { x: '1' }));
  api.drop(configMaps, 'default/a');
  api.put(configMaps, configMap('b'));
  await eventually(() => seen.includes('added b'));
  write.end(written);
  assert.deepEqual(seen, ['added b', 'added a', 'deleted a']);
});

test('a write that fails loses no event', async () => {
  await synced();
  const write = reflector.beginWrite('default/a');
  api.put(configMaps, configMap('a', { x: 'theirs' }));
  api.put(configMaps, configMap('b'));
  await eventually(() => seen.includes('added b'));
  write.end();
  assert.equal(dataOf('a'), 'theirs');
});

test('of two answers that arrive in the wrong order the newer one stays', async () => {
  await silenced();
  const [one, two] = [reflector.beginWrite('default/a'), reflector.beginWrite('default/a')];
  const first = await kube.create(configMaps, configMap('a', { x: '1' }));
  const second = await kube.mergePatch(configMaps, 'default/a', { data: { x: '2' } });
  two.end(second);
  one.end(first);
  assert.equal(dataOf('a'), '2');
});

test('a watch that lags behind does not undo our own write', async () => {
  const watch = await synced();
  const at = (name: string, resourceVersion: string, x: string) => {
    const object = configMap(name, { x });
    return { ...object, metadata: { ...object.metadata, uid: `uid-${name}`, resourceVersion } };
  };
  const say = (type: string, object: object) => watch.write(`${JSON.stringify({ type, object })}\n`);
  reflector.beginWrite('default/a').end(at('a', '500000', 'ours'));
  say('MODIFIED', at('a', '400000', 'old'));
  say('DELETED', at('a', '400001', 'old'));
  say('ADDED', at('mark', '400002', ''));
  await eventually(() => seen.includes('added mark'));
  assert.equal(dataOf('a'), 'ours');
  say('MODIFIED', at('a', '500001', 'theirs'));
  await eventually(() => dataOf('a') === 'theirs');
});

test('a deletion after our own write counts', async () => {
  await synced();
  await own(() => kube.create(configMaps, configMap('a')));
  api.drop(configMaps, 'default/a');
  await eventually(() => seen.includes('deleted a'));
  assert.equal(reflector.cache.size, 0);
});

test('a new list that cannot hold our own write does not lose it', async () => {
  const watch = await silenced();
  const written = await own(() => kube.create(configMaps, configMap('a', { x: '1' })));
  api.compact();
  const answer = {
    metadata: { resourceVersion: String(Number(written.metadata.resourceVersion) - 1) },
    items: [],
  };
  api.fault({ watch: false }, { kind: 'answer', status: 200, body: answer });
  watch.reset();
  await waitFor(() => lists() === 2);
  await waitFor(() => api.watches().length === 1);
  assert.equal(dataOf('a'), '1');
  assert.ok(!seen.includes('deleted a'));
});

test('after a restored backup our own writes from before it count no more', async () => {
  await silenced();
  await own(() => kube.create(configMaps, configMap('a', { x: '1' })));
  api.drop(configMaps, 'default/a');
  reflector.relist();
  await waitFor(() => lists() === 2);
  await waitFor(() => reflector.cache.size === 0);
});

test('the version that a check for a restored backup compares is the newest that we know', async () => {
  await silenced();
  const before = reflector.version;
  const written = await own(() => kube.create(configMaps, configMap('a')));
  assert.notEqual(before, written.metadata.resourceVersion);
  assert.equal(reflector.version, written.metadata.resourceVersion);
});

test('a list that is newer than our own write is right, whatever the answer says', async () => {
  const watch = await silenced();
  const write = reflector.beginWrite('default/a');
  const written = await kube.create(configMaps, configMap('a', { x: '1' }));
  api.drop(configMaps, 'default/a');
  api.compact();
  watch.reset();
  await waitFor(() => lists() === 2 && api.watches().length === 1);
  write.end(written);
  assert.equal(reflector.cache.get('default/a'), undefined);
});
