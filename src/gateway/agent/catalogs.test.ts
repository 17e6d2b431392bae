import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aService, exported, port } from '../../../test/gen/gen.js';
import { aHeadless } from '../../../test/gen/pods.js';
import type { Service } from '../../api/objects.js';
import { endpointSlices, keyOf } from '../../api/resources.js';
import { exportsOf, type ExportRule, type Surroundings } from '../../exports/exports.js';
import { createMerge, type Exported } from '../../exports/merge.js';
import type { ResolvedPeer } from '../../protocol/identity.js';
import { createStore } from '../../runtime/cache.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createCatalogs } from './catalogs.js';

const own = { cluster: 'paris', uid: 'u', caBundle: '', addresses: [] };
const london: ResolvedPeer = {
  ...{ link: 'london', cluster: 'london', caBundle: '', addresses: [] },
  probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
};
const rule: ExportRule = {
  ...{ link: 'london', allowSelectorless: false },
  services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } },
};
const spared = { namespaces: new Set<string>(), services: new Set<string>() };

/** Catalogs of one peer, over an API server that has only slices. */
async function start(t: TestContext) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'test' });
  const services = createStore<Service>({ onError: assert.ifError });
  const merge = createMerge();
  const catalogs = createCatalogs({ kube, services, clock: systemClock, log: silent });
  t.after(async () => {
    catalogs.stop();
    await kube.close();
    await api.close();
  });
  let merged: Exported = merge([]);
  const update = (missing: Parameters<typeof catalogs.update>[0]['missing'] = []) =>
    catalogs.update({ own, peers: [london], exported: merged, missing });
  /** What of a Service is exported, from now on in force. */
  function take(service: Service, around: Surroundings = {}): void {
    services.put(service);
    merged = merge([[keyOf(service), exportsOf(service, around, [rule], spared)]]);
    update();
  }
  const told = () => {
    const log = catalogs.of('london');
    return (
      log &&
      [...log.read(0, { most: 1 << 20, whole: log.version }).lines.matchAll(/"name":"(\w+)","uid"/g)].map(
        ([, name]) => name,
      )
    );
  };
  const tells = (...names: string[]) => eventually(() => assert.deepEqual(told()?.toSorted(), names));
  function drop(service: Service): void {
    merged = merge([[keyOf(service), undefined]]);
    update();
  }
  return { api, catalogs, update, take, told, tells, drop, exported: () => merged };
}

const web = aService('web', port(80), exported);
const isAboutSlices = { path: /endpointslices/ };

test('there is no catalog before anything is in force, nor of nobody', async (t) => {
  const { catalogs, take, told, tells } = await start(t);
  assert.equal(told(), undefined);
  take(web);
  await tells('web');
  assert.equal(catalogs.of('berlin'), undefined);
});

test('slices are read from the first question on, while something is exported', async (t) => {
  const { api, take, tells, drop } = await start(t);
  take(web);
  assert.equal(api.seen.length, 0);
  await tells('web');
  await eventually(() => assert.equal(api.watches(endpointSlices).length, 1));
  drop(web);
  await tells();
  await eventually(() => assert.equal(api.watches(endpointSlices).length, 0));
  take(web);
  await tells('web');
});

test('while slices cannot be read there is no catalog, and never an empty one', async (t) => {
  const { api, take, told, tells } = await start(t);
  const lift = api.fault({ ...isAboutSlices, times: Infinity }, { kind: 'answer', status: 403 });
  take(web);
  let isTold = false;
  await eventually(() => {
    isTold ||= told() !== undefined;
    assert.ok(api.seen.length > 1);
  });
  assert.equal(isTold, false);
  lift();
  await tells('web');
});

test('while the pods of a headless service are not known there is no catalog; what was told before stays', async (t) => {
  const { catalogs, take, told, tells } = await start(t);
  const db = aHeadless('db', port(5432), exported);
  take(web);
  await tells('web');
  take(db);
  await eventually(() => assert.equal(told(), undefined));
  const known = { pods: () => ({ named: [], nameless: false, more: false }) };
  take(db, known);
  await tells('db', 'web');
  const { version } = catalogs.of('london')!;
  take(db);
  // time for another look
  take(aService('other', port(80), exported));
  await tells('db', 'other', 'web');
  assert.equal(catalogs.of('london')?.version, version + 1);
});

test('a headless service that goes before its pods are known holds up no catalog', async (t) => {
  const { take, told, tells, drop } = await start(t);
  const db = aHeadless('db', port(5432), exported);
  take(web);
  await tells('web');
  take(db);
  await eventually(() => assert.equal(told(), undefined));
  drop(db);
  await tells('web');
});

test('a port that is not in force is not told, and without one the service is not', async (t) => {
  const { catalogs, take, update, tells, exported: all } = await start(t);
  take(aService('web', port(80, { name: 'a' }), port(81, { name: 'b' }), exported));
  await tells('web');
  const [first, second] = [...all().exports.keys()];
  const missing = (serviceId: string) =>
    ({ kind: 'export', serviceId, reason: 'ProtocolUnsupported', message: '' }) as const;
  const portsTold = () =>
    catalogs
      .of('london')!
      .read(0, { most: 1 << 20 })
      .lines.match(/"port":/g)?.length;
  update([missing(first!)]);
  await eventually(() => assert.equal(portsTold(), 1));
  update([missing(first!), missing(second!)]);
  await tells();
  update();
  await eventually(() => assert.equal(portsTold(), 2));
});
