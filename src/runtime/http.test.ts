import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import { configMaps } from '../api/resources.js';
import type { ConnectionConfig, ConnectionCredentials } from './connection.js';
import { DeadlineExceeded } from './deadline.js';
import { createKube, isUnauthorized, type KubeClient, type KubeOptions } from './kube.js';

let api: FakeApi;
const open: KubeClient[] = [];

beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(async () => {
  for (const kube of open.splice(0)) await kube.close();
  await api.close();
});

function client(config: Partial<ConnectionConfig>, o: Partial<KubeOptions> = {}) {
  const kube = createKube({ ...api.config, ...config }, { fieldManager: 'tester', ...o });
  open.push(kube);
  return kube;
}

const bearer = (token: string): ConnectionCredentials => ({
  ca: api.authority.ca,
  headers: { authorization: `Bearer ${token}` },
});

test('a token that is refused is read again, and the call repeated with the new one', async () => {
  const clock = fakeClock();
  let token = 'test-token';
  const kube = client({ load: async () => bearer(token) }, { clock });
  await kube.list(configMaps, {});
  api.tokens.clear();
  api.tokens.add((token = 'rotated'));
  await clock.advance(5_000);
  await kube.list(configMaps, {});
  assert.deepEqual(
    api.seen.map(({ authorization }) => authorization),
    ['Bearer test-token', 'Bearer test-token', 'Bearer rotated'],
  );
});

test('a token that is refused and has not changed is a 401 at once', async () => {
  let loads = 0;
  const kube = client({
    load: async () => {
      loads++;
      return bearer('wrong');
    },
  });
  await assert.rejects(kube.list(configMaps, {}), isUnauthorized);
  await assert.rejects(kube.list(configMaps, {}), isUnauthorized);
  assert.equal(api.seen.length, 2);
  assert.equal(loads, 1, 'reading again is limited to once a second');
});

test('watches follow a rotated token, too', async () => {
  const clock = fakeClock();
  let token = 'old';
  api.tokens.add('old');
  const kube = client({ load: async () => bearer(token) }, { clock });
  await kube.list(configMaps, {});
  api.tokens.delete('old');
  token = 'test-token';
  await clock.advance(5_000);
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const event of kube.watch(
      configMaps,
      { resourceVersion: '100', onOpen: opened.resolve },
      stop.signal,
    ))
      void event;
  })();
  await opened.promise;
  stop.abort();
  await reading;
});

test('a rotated client certificate is used for new connections within a minute', async () => {
  const clock = fakeClock();
  let pair = await api.authority.client('first');
  const kube = client({ load: async () => ({ ca: api.authority.ca, ...pair, headers: {} }) }, { clock });
  await kube.list(configMaps, {});
  pair = await api.authority.client('second');
  await clock.advance(59_000);
  await kube.list(configMaps, {});
  await clock.advance(2_000);
  await kube.list(configMaps, {});
  assert.deepEqual(
    api.seen.map(({ certificate }) => certificate),
    ['first', 'first', 'second'],
  );
});

test('connections are kept and used again', async () => {
  const kube = client({});
  for (let i = 0; i < 40; i++) await kube.list(configMaps, {});
  // Two, and not one: the pool may take the next call before it has noticed that a connection is free again.
  assert.ok(new Set(api.seen.map(({ connection }) => connection)).size <= 2);
});

test('a watch takes the connection of the list before it, and a call beside it another one', async () => {
  const kube = client({});
  const { resourceVersion } = await kube.list(configMaps, {});
  // then the pool has noticed that it is free
  await turn();
  const stop = new AbortController();
  const events = kube.watch(configMaps, { resourceVersion }, stop.signal)[Symbol.asyncIterator]();
  const event = events.next();
  await eventually(() => api.watches().length === 1);
  await kube.list(configMaps, {});
  const [listed, watched, beside] = api.seen.map(({ connection }) => connection);
  assert.equal(watched, listed);
  assert.notEqual(beside, watched);
  stop.abort(new Error('over'));
  await event.catch(() => undefined);
});

test('a watch that is broken off because it may be dead leaves no idle neighbour in use', async () => {
  for (const [reason, isUsed] of [
    [new DeadlineExceeded('silent'), false],
    [new Error('nobody wants it any more'), true],
  ] as const) {
    const kube = client({});
    const stop = new AbortController();
    const { resourceVersion } = await kube.list(configMaps, {});
    await turn();
    const event = kube.watch(configMaps, { resourceVersion }, stop.signal)[Symbol.asyncIterator]().next();
    await eventually(() => api.watches().length === 1);
    await kube.list(configMaps, {});
    const idle = api.seen.at(-1)?.connection;
    stop.abort(reason);
    await event.catch(() => undefined);
    await eventually(() => api.watches().length === 0);
    // one of them takes the place of the watch
    await Promise.all([1, 2].map(() => kube.list(configMaps, {})));
    const used = api.seen.slice(-2).map(({ connection }) => connection);
    assert.equal(used.includes(idle ?? assert.fail()), isUsed, reason.message);
  }
});

test('many calls at once share a bounded number of connections', async () => {
  const kube = client({});
  await Promise.all(Array.from({ length: 300 }, () => kube.list(configMaps, {})));
  const used = new Set(api.seen.map(({ connection }) => connection));
  // the pool may open another one before it has noticed that one is free
  assert.ok(used.size <= 2 * 64, `${used.size} connections`);
  assert.equal(api.seen.length, 300);
});

test('a client certificate that cannot be read fails the call, and the old one works again afterwards', async () => {
  const clock = fakeClock();
  let broken = false;
  const kube = client(
    { load: async () => (broken ? { ...bearer('test-token'), ca: 'no PEM' } : bearer('test-token')) },
    { clock },
  );
  await kube.list(configMaps, {});
  broken = true;
  await clock.advance(60_000);
  await kube.list(configMaps, {}).catch(() => undefined);
  broken = false;
  await clock.advance(60_000);
  await kube.list(configMaps, {});
});

test('after one silent connection none of its neighbours is used again', async () => {
  const clock = fakeClock();
  const kube = client({}, { clock, deadlineMs: 3_000 });
  await Promise.all([1, 2, 3].map(() => kube.list(configMaps, {})));
  const before = new Set(api.seen.map(({ connection }) => connection));
  api.blackhole();
  const lost = assert.rejects(kube.list(configMaps, {}), /no answer/);
  await eventually(() => clock.timers === 1);
  await clock.advance(3_000);
  await lost;
  await Promise.all([1, 2, 3].map(() => kube.list(configMaps, {})));
  assert.ok(api.seen.slice(-3).every(({ connection }) => !before.has(connection)));
});

test('the path of the server’s URL stands in front of every path', async () => {
  const kube = client({ server: `${api.server}/k8s/clusters/c-1/` });
  await kube.list(configMaps, {}).catch(() => undefined);
  assert.equal(api.seen[0]?.path, '/k8s/clusters/c-1/api/v1/configmaps');
});

test('close() breaks off what is under way and lets nothing new begin', async () => {
  const kube = client({});
  api.fault({}, { kind: 'silence' });
  const call = assert.rejects(kube.list(configMaps, {}));
  await eventually(() => api.seen.length === 1);
  await kube.close();
  await call;
  await assert.rejects(kube.list(configMaps, {}), /closed/);
});
