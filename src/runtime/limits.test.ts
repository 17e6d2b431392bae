import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import { namespaces } from '../api/resources.js';
import { ApiError, createKube, TooLargeError, type KubeClient } from './kube.js';
import { remoteLimits } from './limits.js';
import { listAll } from './reflector/list.js';

const limits = {
  ...{ objectBytes: 10_000, listBytes: 300_000, listObjects: 1_000, errorBytes: 1_000 },
  rate: { burst: 700_000, everyMs: 1 },
};
const never = new AbortController().signal;
let api: FakeApi;
let kube: KubeClient;
let clock: FakeClock;

beforeEach(async () => {
  api = await startFakeApi();
  clock = fakeClock();
  kube = createKube(api.config, { fieldManager: 'tester', limits, clock });
});
afterEach(async () => {
  await kube.close();
  await api.close();
});

const put = (count: number, size = 0) => {
  for (let i = 0; i < count; i++)
    api.put(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `n${i}`, annotations: { long: 'x'.repeat(size) } },
    });
};
const list = () => listAll(kube, namespaces, {}, never);
const reading = async () => {
  const seen = [];
  for await (const event of kube.watch(namespaces, { resourceVersion: '1' }, never)) seen.push(event);
  return seen;
};
const status = JSON.stringify({ kind: 'Status', message: 'x'.repeat(5_000), reason: 'y'.repeat(5_000) });

test('a refusal without end is cut, on calls, lists and watches', async () => {
  const start = '{"kind":"Status","reason":"Forbidden","message":"';
  const piece = 'x'.repeat(10_000);
  api.fault({ times: 3 }, { kind: 'endless', status: 403, start, piece, end: '"}' });
  for (const ask of [() => kube.get(namespaces, 'a'), list, reading])
    await assert.rejects(ask(), (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.status, 403);
      return error.message.length < 500;
    });
});

test('a long message and a long reason are cut', async () => {
  api.fault({}, { kind: 'answer', status: 403, body: status });
  const generous = createKube(api.config, { fieldManager: 'tester' });
  await assert.rejects(generous.get(namespaces, 'a'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.match(error.message, /: x{1023}…$/);
    return error.reason.length === 64;
  });
  await generous.close();
});

test('an ERROR event with a long message is cut, too', async () => {
  const body = `{"type":"ERROR","object":${status.slice(0, -1)},"details":{"long":"${'x'.repeat(100)}"}}}\n`;
  const generous = createKube(api.config, { fieldManager: 'tester' });
  api.fault({ watch: true }, { kind: 'answer', status: 200, body });
  await assert.rejects(
    async () => {
      for await (const _ of generous.watch(namespaces, { resourceVersion: '1' }, never));
    },
    (error) => error instanceof ApiError && error.message.length < 1_200,
  );
  await generous.close();
});

test('an answer, an object of a list and an event are no larger than an object may be', async () => {
  const endless = { kind: 'endless', status: 200, piece: 'x'.repeat(10_000) } as const;
  api.fault({}, { ...endless, start: '{"gitVersion":"' });
  await assert.rejects(kube.raw('/version'), TooLargeError);
  api.fault({}, { ...endless, start: '{"items":[{"metadata":{"name":"' });
  await assert.rejects(list(), TooLargeError);
  api.fault({}, { ...endless, start: '{"metadata":{"continue":"' });
  await assert.rejects(list(), TooLargeError);
  api.fault({}, { ...endless, start: '{"type":"ADDED","object":{"metadata":{"name":"' });
  await assert.rejects(reading(), TooLargeError);
});

test('a list is bounded in bytes, over all its pages', async () => {
  put(900, 200);
  await assert.rejects(list(), TooLargeError);
  assert.equal(api.seen.length, 1 + 1);
});

test('a list is bounded in objects, over all its pages', async () => {
  put(999);
  assert.equal((await list()).items.length, 999);
});

test('a list of countless empty objects is given up after so many', async () => {
  api.fault({}, { kind: 'endless', status: 200, start: '{"items":[{}', piece: ',{}' });
  await assert.rejects(list(), /more than 1000 objects/);
});

test('pages without end are given up', async () => {
  const body = { metadata: { continue: 'more' }, items: [] };
  api.fault({ times: Infinity }, { kind: 'answer', status: 200, body });
  await assert.rejects(list(), TooLargeError);
  assert.ok(api.seen.length < 10);
});

test('who sends on and on is read at a pace', async () => {
  const line = `{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}},"pad":"${'x'.repeat(1_000)}"}\n`;
  api.fault({}, { kind: 'endless', status: 200, piece: line });
  const stop = new AbortController();
  let events = 0;
  const over = (async () => {
    for await (const _ of kube.watch(namespaces, { resourceVersion: '1' }, stop.signal)) events++;
  })();
  await eventually(() => events > 0 && clock.timers === 1);
  const first = events;
  assert.ok(first < 800, 'no more than the burst, and what came in the same piece');
  await clock.advance(200_000);
  await eventually(() => events > first && clock.timers === 1);
  assert.ok(events - first < 400);
  stop.abort();
  await over;
});

test('of a peer, 10,000 Services and 10,000 slices of 40 kB are taken with ease', () => {
  assert.ok(remoteLimits.listObjects >= 5 * 10_000);
  assert.ok(remoteLimits.listBytes >= 2 * 10_000 * 40_000);
  assert.ok(remoteLimits.rate!.burst >= 2 * 10_000 * 40_000);
  assert.ok(remoteLimits.objectBytes > 1.5 * 1024 * 1024);
});
