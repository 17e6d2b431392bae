import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { apiServices, mutatingWebhooks, validatingWebhooks } from '../../api/resources.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createWebhooks } from './webhooks.js';

const all = [validatingWebhooks, mutatingWebhooks, apiServices];

async function read(t: TestContext) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  let changes = 0;
  const warnings: string[] = [];
  const webhooks = createWebhooks({
    ...{ kube, clock: systemClock, log: { ...silent, warn: (text: string) => void warnings.push(text) } },
    onChange: () => void changes++,
  });
  t.after(async () => {
    webhooks.stop();
    await kube.close();
    await api.close();
  });
  const watched = () => all.filter((resource) => api.watches(resource).length > 0).length;
  return { api, webhooks, watched, warnings, changes: () => changes };
}

test('nothing is asked for while nobody needs it', async (t) => {
  const { api, webhooks } = await read(t);
  assert.deepEqual(webhooks.read(false), []);
  assert.equal(api.seen.length, 0);
});

test('they are known once all have been read, reduced to the Services that they name', async (t) => {
  const { api, webhooks, changes } = await read(t);
  const service = { namespace: 'cert-manager', name: 'webhook' };
  api.put(validatingWebhooks, {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: { name: 'hooks', annotations: { long: 'x' } },
    webhooks: [{ clientConfig: { service, caBundle: 'abc' } as never }],
  });
  assert.equal(webhooks.read(true), undefined);
  await eventually(() => webhooks.read(true) !== undefined);
  assert.ok(changes() > 0);
  const [found, ...others] = webhooks.read(true) ?? [];
  assert.deepEqual([found?.webhooks, others], [[{ clientConfig: { service } }], []]);
  assert.equal(found?.metadata.annotations, undefined);
});

test('they are followed for as long as they are needed', async (t) => {
  const { webhooks, watched } = await read(t);
  webhooks.read(true);
  await eventually(() => watched() === 3);
  webhooks.read(false);
  await eventually(() => watched() === 0);
});

test('who may not read them hears what to grant, once for each kind', async (t) => {
  const { api, webhooks, warnings } = await read(t);
  api.fault({ times: Infinity }, { kind: 'answer', status: 403 });
  webhooks.read(true);
  const granting = () => warnings.filter((text) => text.includes('let the operator list and watch them'));
  await eventually(() => granting().length === 3);
  assert.equal(webhooks.read(true), undefined);
  assert.match(granting().join(), /apiservices cannot be read/);
});
