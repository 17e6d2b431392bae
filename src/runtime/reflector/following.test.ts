import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { endpointSlices } from '../../api/resources.js';
import { systemClock } from '../clock.js';
import { createKube } from '../kube.js';
import { createLog } from '../log.js';
import { follow } from './following.js';
import { createReflector } from './reflector.js';

/** Follows slices of an API server; gives what was logged, and how often all was read. */
async function start(t: TestContext) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'test' });
  t.after(async () => {
    await kube.close();
    await api.close();
  });
  const lines: string[] = [];
  const log = createLog({ level: 'warn', sink: (line) => void lines.push(line) });
  const begin = () => {
    const reflector = createReflector(kube, endpointSlices, { clock: systemClock, log });
    const told = { synced: 0 };
    const following = follow(reflector, {
      ...{ clock: systemClock, log, unreadable: 'no slices', onSynced: () => void told.synced++ },
    });
    t.after(() => following.stop());
    return { ...following, told };
  };
  const warnings = () => lines.filter((line) => line.includes('no slices')).length;
  return { api, begin, warnings };
}

test('follow() tells when all was read, and watches until it is stopped', async (t) => {
  const { api, begin, warnings } = await start(t);
  const { told, signal, stop } = begin();
  await eventually(() => assert.equal(api.watches(endpointSlices).length, 1));
  assert.equal(told.synced, 1);
  stop();
  assert.ok(signal.aborted);
  await eventually(() => assert.equal(api.watches(endpointSlices).length, 0));
  assert.equal(warnings(), 0);
});

test('follow() says once that it may not read', async (t) => {
  const { api, begin, warnings } = await start(t);
  const lift = api.fault({ path: /endpointslices/, times: Infinity }, { kind: 'answer', status: 403 });
  const { told } = begin();
  await eventually(() => assert.ok(api.seen.length > 2));
  assert.deepEqual([warnings(), told.synced], [1, 0]);
  lift();
  await eventually(() => assert.equal(told.synced, 1));
});
