import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import type { KubeObject } from '../api/objects.js';
import { recorder } from './events.js';
import { createKube, type KubeClient } from './kube.js';
import { silent } from './log.js';

let api: FakeApi;
let kube: KubeClient;
let clock: FakeClock;
let lost: number;
let events: ReturnType<typeof recorder>;

beforeEach(async () => {
  api = await startFakeApi();
  kube = createKube(api.config, { fieldManager: 'tester' });
  clock = fakeClock();
  lost = 0;
  const log = { ...silent, warn: () => void lost++ };
  events = recorder(kube, { component: 'service-mirror', instance: 'pod-1', clock, log });
});
afterEach(async () => {
  await kube.close();
  await api.close();
});

const eventsResource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
const link: KubeObject = {
  apiVersion: 'linkerd.io/v1alpha1',
  kind: 'Link',
  metadata: { name: 'paris', uid: 'u1' },
};
const mirror: KubeObject = {
  apiVersion: 'linkerd.io/v1alpha1',
  kind: 'ServiceMirror',
  metadata: { name: 'web', namespace: 'shop', uid: 'u2' },
};
const ready = { type: 'Normal', reason: 'Ready', message: 'all is well' } as const;

test('an event says what happened to which object, in its namespace', async () => {
  events.event(mirror, ready);
  await events.flush();
  const [request] = api.seen;
  assert.equal(request?.path, '/apis/events.k8s.io/v1/namespaces/shop/events');
  const { metadata, ...event } = request?.body as unknown as KubeObject;
  assert.match(metadata.name, /^web\.[0-9a-f]{16}$/);
  assert.deepEqual(event, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'service-mirror',
    reportingInstance: 'pod-1',
    action: 'Reconcile',
    reason: 'Ready',
    type: 'Normal',
    note: 'all is well',
    regarding: {
      apiVersion: mirror.apiVersion,
      kind: 'ServiceMirror',
      name: 'web',
      namespace: 'shop',
      uid: 'u2',
    },
  });
});

test('events about what has no namespace go to default', async () => {
  events.event(link, ready);
  await events.flush();
  assert.equal(api.seen[0]?.path, '/apis/events.k8s.io/v1/namespaces/default/events');
});

test('an event that is refused is lost, and nothing throws', async () => {
  api.fault({ times: Infinity }, { kind: 'answer', status: 403 });
  events.event(link, ready);
  await events.flush();
  assert.equal(lost, 1);
});

test('a message is cut to what the API takes', async () => {
  const noted = async (message: string) => {
    events.event({ ...link, metadata: { name: 'x', uid: message } }, { ...ready, message });
    await events.flush();
    return api.seen.at(-1)?.body?.note as string;
  };
  // the API server counts bytes
  assert.equal(Buffer.byteLength(await noted('x'.repeat(3_000))), 1_024);
  const note = await noted(`xx${'\u{1f600}'.repeat(1_000)}`);
  assert.equal(Buffer.byteLength(note), 1_021);
  assert.ok(note.endsWith('\u{1f600}…') && note.isWellFormed());
  assert.equal(await noted('x'.repeat(1_024)), 'x'.repeat(1_024));
  assert.equal(await noted('half \ud83d'), 'half \ufffd');
});

/** What was written: `create`, or the count that its series got. */
const writes = () =>
  api.seen.map(({ method, body }) =>
    method === 'POST' ? 'create' : (body?.series as { count: number } | undefined)?.count,
  );

test('what happens again is counted in one Event: the second time at once, then once a minute', async () => {
  for (let i = 0; i < 30; i++) {
    events.event(link, ready);
    await events.flush();
  }
  assert.deepEqual(writes(), ['create', 2]);
  await clock.advance(60_000);
  await eventually(() => writes().length === 3);
  assert.deepEqual(writes(), ['create', 2, 30]);
  const [event] = api.all(eventsResource);
  assert.deepEqual((event as unknown as { series: object }).series, {
    count: 30,
    lastObservedTime: '2026-01-01T00:00:00.000000Z',
  });
  assert.equal(api.all(eventsResource).length, 1);
  assert.equal(clock.timers, 0);
});

test('after six quiet minutes it is told anew', async () => {
  events.event(link, ready);
  await events.flush();
  await clock.advance(360_000);
  events.event(link, ready);
  await events.flush();
  assert.deepEqual(writes(), ['create', 'create']);
});

test('other reasons and other objects are told of their own', async () => {
  events.event(link, ready);
  events.event(link, { ...ready, type: 'Warning', reason: 'ProbeFailed' });
  events.event(mirror, ready);
  await events.flush();
  assert.equal(api.all(eventsResource).length, 3);
});

test('a series whose Event is gone goes on in a new one', async () => {
  events.event(link, ready);
  await events.flush();
  const [first] = api.all(eventsResource);
  api.drop(eventsResource, `default/${first?.metadata.name}`);
  events.event(link, ready);
  await events.flush();
  const [second] = api.all(eventsResource);
  assert.notEqual(second?.metadata.name, first?.metadata.name);
  assert.equal((second as unknown as { series: { count: number } }).series.count, 2);
});

test('what tells something new each time is not counted in an Event with another message', async () => {
  for (const message of ['12 became ready', '30 became ready', '30 became ready'])
    events.event(link, { ...ready, message, apart: true });
  await events.flush();
  const notes = api.all(eventsResource).map((event) => (event as unknown as { note: string }).note);
  assert.deepEqual(notes.toSorted(), ['12 became ready', '30 became ready']);
});

test('events are written one at a time', async () => {
  let [now, most] = [0, 0];
  const create: KubeClient['create'] = async (_resource, object) => {
    most = Math.max(most, ++now);
    await clock.sleep(10);
    now -= 1;
    return object;
  };
  events = recorder({ ...kube, create }, { component: 'service-mirror', instance: 'pod-1', clock });
  for (let i = 0; i < 30; i++) events.event({ ...mirror, metadata: { name: 'x', uid: `${i}` } }, ready);
  await clock.advance(300);
  await events.flush();
  assert.equal(most, 1);
});

test('an object gets ten writes at once and then one a minute, whatever its reasons; others are not affected', async () => {
  for (let i = 0; i < 30; i++) events.event(link, { ...ready, reason: `R${i}` });
  events.event(mirror, ready);
  await events.flush();
  assert.equal(api.seen.length, 11);
  await clock.advance(60_000);
  await eventually(() => api.seen.length === 12);
  events.stop();
  assert.equal(clock.timers, 0);
});

test('the name of an Event fits, however long that of its object is', async () => {
  for (const length of [236, 237, 253]) {
    const name = 'x'.repeat(length);
    events.event({ ...mirror, metadata: { name, namespace: 'shop', uid: name } }, ready);
  }
  await events.flush();
  for (const { metadata } of api.all(eventsResource)) {
    assert.ok(metadata.name.length <= 253, `${metadata.name.length}`);
    assert.match(metadata.name, /^x+(-[0-9a-f]{8})?\.[0-9a-f]{16}$/);
  }
  const regarding = api.seen.map(({ body }) => (body?.regarding as { name: string }).name.length);
  assert.deepEqual(regarding, [236, 237, 253]);
});

test('what is told once is told once, also by a process that starts anew, and counted when it comes again', async () => {
  const lasting = { ...ready, type: 'Warning', reason: 'Unserved', once: true } as const;
  events.event(mirror, lasting);
  await events.flush();
  const next = recorder(kube, { component: 'service-mirror', instance: 'pod-2', clock });
  next.event(mirror, lasting);
  await next.flush();
  assert.equal(api.all(eventsResource).length, 1);
  next.event(mirror, lasting);
  await next.flush();
  const [event] = api.all(eventsResource) as unknown as [{ series?: { count: number } }];
  assert.equal(event.series?.count, 2);
  next.stop();
});

test('what is told once is told anew when it says something else, or of another object', async () => {
  const lasting = { ...ready, once: true } as const;
  events.event(mirror, lasting);
  events.event(mirror, { ...lasting, message: 'something else' });
  events.event({ ...mirror, metadata: { ...mirror.metadata, uid: 'u3' } }, lasting);
  await events.flush();
  assert.equal(api.all(eventsResource).length, 3);
});
