import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import { configMaps } from '../api/resources.js';
import { ApiError, createKube, NetworkError, type KubeOptions } from './kube.js';
import { createMetrics } from './metrics.js';

let api: FakeApi;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(async () => {
  for (const kube of open.splice(0)) await kube.close();
  await api.close();
});

function client(o: Partial<KubeOptions> = {}) {
  const kube = createKube(api.config, { fieldManager: 'tester', ...o });
  open.push(kube);
  return kube;
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } };
const overloaded = (seconds: string) =>
  ({ kind: 'answer', status: 429, headers: { 'retry-after': seconds } }) as const;

test('a call waits as long as a 429 asks, then tries again, writes included', async () => {
  const clock = fakeClock();
  const kube = client({ clock });
  api.fault({ method: 'POST' }, overloaded('7'));
  const creating = kube.create(configMaps, configMap);
  await eventually(() => api.seen.length === 1);
  await eventually(() => clock.timers === 2);
  await clock.advance(6_900);
  assert.equal(api.seen.length, 1);
  await clock.advance(200);
  await creating;
  assert.equal(api.seen.length, 2);
});

test('a call does not wait longer than its deadline leaves, and says how long the server asked for', async () => {
  const kube = client();
  api.fault({}, overloaded('60'));
  await assert.rejects(kube.get(configMaps, 'default/a'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.retryAfterMs], [429, 60_000]);
    return true;
  });
  assert.equal(api.seen.length, 1);
});

test('a server that asks for no wait at all is not called in a loop', async () => {
  const clock = fakeClock();
  const kube = client({ clock, deadlineMs: 2_000 });
  api.fault({ times: Infinity }, overloaded('0'));
  const call = assert.rejects(kube.get(configMaps, 'default/a'), ApiError);
  for (let calls = 1; calls <= 4; calls++) {
    await eventually(() => api.seen.length === calls && clock.timers === (calls < 4 ? 2 : 0));
    await clock.advance(500);
  }
  await call;
  assert.equal(api.seen.length, 4);
});

test('a write whose caller holds back fails at once, and a read of the same kind waits', async () => {
  const clock = fakeClock();
  const kube = client({ clock, heldBack: new Set(['configmaps']) });
  api.put(configMaps, configMap);
  api.fault({ times: 2 }, overloaded('7'));
  await assert.rejects(
    kube.mergePatch(configMaps, 'default/a', {}),
    (error) => error instanceof ApiError && error.retryAfterMs === 7_000,
  );
  const reading = kube.get(configMaps, 'default/a');
  await eventually(() => api.seen.length === 2 && clock.timers === 2);
  await clock.advance(7_000);
  await reading;
  assert.equal(api.seen.length, 3);
});

test('a 500 is the caller’s to deal with', async () => {
  api.fault({}, { kind: 'answer', status: 500 });
  await assert.rejects(
    client().list(configMaps, {}),
    (error) => error instanceof ApiError && error.status === 500,
  );
  assert.equal(api.seen.length, 1);
});

test('a read whose connection is reset is tried once more', async () => {
  const kube = client();
  api.put(configMaps, configMap);
  api.fault({ method: 'GET' }, { kind: 'reset' });
  await kube.get(configMaps, 'default/a');
  api.fault({ method: 'GET', times: 2 }, { kind: 'reset' });
  await assert.rejects(kube.get(configMaps, 'default/a'), NetworkError);
  assert.equal(api.seen.length, 4);
});

test('a creation whose connection is reset is not repeated: it may have been done', async () => {
  api.fault({ method: 'POST' }, { kind: 'reset' });
  await assert.rejects(client().create(configMaps, configMap), NetworkError);
  assert.equal(api.seen.length, 1);
});

test('a deletion is repeated only if it names the uid', async () => {
  const kube = client();
  const { metadata } = api.put(configMaps, configMap);
  api.fault({ method: 'DELETE' }, { kind: 'reset' });
  await assert.rejects(kube.remove(configMaps, 'default/a'), NetworkError);
  api.fault({ method: 'DELETE' }, { kind: 'reset' });
  await kube.remove(configMaps, 'default/a', { uid: metadata.uid ?? '' });
  assert.equal(api.find(configMaps, 'default/a'), undefined);
});

const broken = {
  'an answer whose JSON ends in the middle': { kind: 'truncate' },
  'an answer cut off by a reset': { kind: 'cut' },
} as const;
for (const [title, fault] of Object.entries(broken))
  test(`${title} is a NetworkError, and never half a list`, async () => {
    for (let i = 0; i < 20; i++)
      api.put(configMaps, { ...configMap, metadata: { ...configMap.metadata, name: `n${i}` } });
    api.fault({ times: 2 }, fault);
    await assert.rejects(client().list(configMaps, {}), (error) => {
      assert.ok(error instanceof NetworkError);
      assert.doesNotMatch(error.message, /n1/);
      return true;
    });
  });

test('an answer that trickles in is read to its end', async () => {
  for (let i = 0; i < 20; i++)
    api.put(configMaps, { ...configMap, metadata: { name: `ü${i}`, namespace: 'x' } });
  api.fault({}, { kind: 'slow', pieces: 40, pauseMs: 1 });
  const { items } = await client().list(configMaps, {});
  assert.equal(items.length, 20);
  assert.ok(items.every(({ metadata }) => metadata.name.startsWith('ü')));
});

test('a silent server costs a call its deadline and no more', async () => {
  const clock = fakeClock();
  const kube = client({ clock, deadlineMs: 12_000 });
  api.fault({}, { kind: 'silence' });
  const call = assert.rejects(kube.get(configMaps, 'default/a'), (error) => {
    assert.ok(error instanceof NetworkError);
    assert.equal(error.code, 'ETIMEDOUT');
    return true;
  });
  await eventually(() => api.seen.length === 1);
  await clock.advance(12_000);
  await call;
});

test('a call ends with the reason of its signal, before and during the wait for an answer', async () => {
  const kube = client();
  const reason = new Error('enough');
  await assert.rejects(kube.get(configMaps, 'default/a', AbortSignal.abort(reason)), reason);
  assert.equal(api.seen.length, 0);
  const stop = new AbortController();
  api.fault({}, { kind: 'silence' });
  const call = assert.rejects(kube.get(configMaps, 'default/a', stop.signal), reason);
  await eventually(() => api.seen.length === 1);
  stop.abort(reason);
  await call;
});

test('a server that is not there is a NetworkError with the system’s code', async () => {
  const kube = client();
  await api.close();
  await assert.rejects(kube.raw('/version'), (error) => {
    assert.ok(error instanceof NetworkError);
    assert.equal(error.code, 'ECONNREFUSED');
    return true;
  });
  api = await startFakeApi();
});

test('a server of another authority is a NetworkError, not trusted', async () => {
  const other = await startFakeApi();
  const kube = createKube({ ...api.config, server: other.server }, { fieldManager: 'tester' });
  open.push(kube, other);
  await assert.rejects(kube.raw('/version'), (error) => {
    assert.ok(error instanceof NetworkError);
    assert.match(error.code, /CERT|SIGNATURE|VERIFY/);
    return true;
  });
  assert.equal(other.seen.length, 0);
});

test('calls are counted by verb, resource and code', async () => {
  const metrics = createMetrics();
  const kube = client({ metrics, cluster: 'paris' });
  api.put(configMaps, configMap);
  await kube.get(configMaps, 'default/a');
  await kube.get(configMaps, 'default/b').catch(() => undefined);
  api.fault({ times: 2 }, { kind: 'reset' });
  await kube.list(configMaps, {}).catch(() => undefined);
  const { values } = await metrics.requests.get();
  assert.deepEqual(
    values.map(({ labels, value }) => [labels.cluster, labels.verb, labels.resource, labels.code, value]),
    [
      ['paris', 'get', 'configmaps', '200', 1],
      ['paris', 'get', 'configmaps', '404', 1],
      ['paris', 'list', 'configmaps', '<error>', 2],
    ],
  );
});
