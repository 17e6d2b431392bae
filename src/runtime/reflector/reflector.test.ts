import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import {
  api,
  clock,
  configMap,
  kube,
  lists,
  make,
  names,
  over,
  reflector,
  run,
  seen,
  start,
  stop,
  synced,
  useReflector,
  waitFor,
} from '../../../test/gen/reflecting.js';
import { configMaps } from '../../api/resources.js';
import { createKube } from '../kube.js';
import { silent } from '../log.js';

useReflector();

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
  start();
  await reflector.whenSynced();
  assert.deepEqual(found, [true]);
});

test('a reflector takes in all pages of a list', async () => {
  for (let i = 0; i < 1_203; i++) api.put(configMaps, configMap(`n${i}`));
  await synced();
  assert.equal(reflector.cache.size, 1_203);
  assert.equal(lists(), 3);
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

test('a handler that throws is reported, and neither the others nor the reflector mind', async () => {
  const errors: string[] = [];
  const log = { ...silent, error: (message: string) => void errors.push(message) };
  make({ log, indexes: { bad: () => assert.fail('a bad index') } });
  reflector.cache.onChange(() => {
    throw new Error('a bad handler');
  });
  const after: string[] = [];
  reflector.cache.onChange(({ object }) => after.push(object.metadata.name));
  start();
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

test('a list keeps what it has of the same version, unless the server may have gone back', async () => {
  for (const name of ['a', 'b']) api.put(configMaps, configMap(name));
  let made = 0;
  const listed = () => waitFor(() => api.watches().length > 0);
  const watch = await synced({ transform: (object) => ((made += 1), object) });
  const before = reflector.cache.get('default/a');
  api.fault({ watch: true }, { kind: 'answer', status: 410 });
  api.put(configMaps, configMap('c'));
  await eventually(() => made === 3);
  watch.end();
  await waitFor(() => lists() === 2);
  await listed();
  assert.deepEqual([made, names()], [3, ['a', 'b', 'c']]);
  assert.equal(reflector.cache.get('default/a'), before);
  reflector.relist();
  await waitFor(() => lists() === 3);
  await listed();
  assert.equal(made, 6);
  assert.notEqual(reflector.cache.get('default/a'), before);
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
