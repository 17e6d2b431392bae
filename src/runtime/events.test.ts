import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { KubeObject } from '../api/objects.js';
import { fakeClock, type FakeClock } from '../../test/clock.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi.js';
import { recorder, type Recorder } from './events.js';
import { createKube, type KubeClient } from './kube.js';
import { silent } from './log.js';

let api: FakeApi;
let kube: KubeClient;
let clock: FakeClock;
let lost: number;
let events: Recorder;

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
  events.event(link, { ...ready, message: 'x'.repeat(3_000) });
  await events.flush();
  assert.equal((api.seen[0]?.body?.note as string).length, 1_024);
});

test('an object that flaps gets ten events at once and then one a minute; others are not affected', async () => {
  for (let i = 0; i < 30; i++) events.event(link, ready);
  events.event(mirror, ready);
  await events.flush();
  assert.equal(api.seen.length, 11);
  await clock.advance(120_000);
  for (let i = 0; i < 30; i++) events.event(link, ready);
  await events.flush();
  assert.equal(api.seen.length, 13);
});
