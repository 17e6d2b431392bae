import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi, type FakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aListed, serveCatalog, type CatalogServer } from '../../../test/gen/catalog.js';
import { aNamespace, aService, port } from '../../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { namespaces, services } from '../../api/resources.js';
import { createResolver } from '../../net/resolve.js';
import { tlsOptions } from '../../pki/context.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createCatalogRemote } from './catalogremote.js';
import { createRemotes, type RemotePlan, type Remotes } from './remotes.js';

let london: ClusterPki;
let paris: ClusterPki;
let gateway: Server;
let catalog: CatalogServer;
/** Connections that the gateway has taken. */
let taken: number;
let api: FakeApi;
let remotes: Remotes;
let told: string[];
const clock = systemClock;

before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});
beforeEach(async () => {
  catalog = serveCatalog();
  taken = 0;
  gateway = createServer(
    { ...tlsOptions(paris.ingress, [london.authority.ca]), requestCert: true },
    (socket) => {
      taken++;
      socket.on('error', () => {});
      catalog.serve(socket);
    },
  );
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  api = await startFakeApi();
  api.put(namespaces, {
    ...aNamespace('kube-system'),
    metadata: { name: 'kube-system', uid: 'uid-of-paris' },
  });
  api.put(services, aService('hello', port(80)));
  told = [];
  remotes = createRemotes({
    connect: () => createKube(api.config, { fieldManager: 'tester', clock }),
    readCatalog: (o) =>
      createCatalogRemote({
        ...o,
        clock,
        resolver: createResolver({ clock }),
        identity: () => london.operator,
      }),
    ...{ clock, log: silent },
    onChange: (_link, change) =>
      told.push(change.kind === 'service' ? `${change.part} ${change.key}` : change.kind),
  });
});
afterEach(async () => {
  await remotes.stop();
  gateway.close();
  await api.close();
});
after(() => gateway.close());

const byApi: RemotePlan = { kubeconfig: 'any', verified: true, scope: { namespaces: [] } };
const byCatalog = (changes: { cluster?: string; timeout?: number } = {}): RemotePlan => ({
  peer: {
    ...{ cluster: 'paris', caBundle: paris.authority.ca, timeout: 2_000, ...changes },
    addresses: [{ host: '127.0.0.1', port: (gateway.address() as AddressInfo).port }],
  },
  scope: { namespaces: [] },
});
const seen = (name = 'hello') => remotes.view('paris', 'default', name)?.service?.metadata.uid;
const synced = () => eventually(() => remotes.newest('paris')?.synced === true);

test('createRemotes() reads a catalog, and follows it', async () => {
  catalog.put(aListed('hello'), aListed('other'));
  remotes.ensure('paris', byCatalog());
  await synced();
  assert.deepEqual([remotes.verified('paris'), remotes.get('paris')?.uid], [true, 'uid-of-paris']);
  assert.equal(seen(), 'uid-of-hello');
  told = [];
  catalog.put(aListed('hello', { ready: 0 }));
  catalog.drop('default/other');
  await eventually(() => seen('other') === undefined);
  assert.deepEqual([...new Set(told)].toSorted(), [
    'endpoints default/hello',
    'endpoints default/other',
    'service default/other',
  ]);
});

test('createRemotes() shows what the API server has shown until the catalog is whole, and then that', async () => {
  remotes.ensure('paris', byApi);
  await synced();
  const before = seen();
  assert.notEqual(before, undefined);
  catalog.forget();
  remotes.ensure('paris', byCatalog());
  await eventually(() => taken > 0);
  assert.equal(seen(), before);
  assert.equal(remotes.view('paris', 'default', 'hello')?.failingSince, undefined, 'it is still read');
  catalog = serveCatalog();
  catalog.put(aListed('hello'));
  await synced();
  assert.equal(seen(), 'uid-of-hello');
});

test('createRemotes() shows what the catalog has shown until the API server is read', async () => {
  catalog.put(aListed('hello'));
  remotes.ensure('paris', byCatalog());
  await synced();
  remotes.ensure('paris', byApi);
  assert.equal(seen(), 'uid-of-hello');
  await synced();
  assert.notEqual(seen(), 'uid-of-hello');
});

test('createRemotes() keeps what it has read when only the facts about a peer change', async () => {
  catalog.put(aListed('hello'));
  remotes.ensure('paris', byCatalog());
  await synced();
  told = [];
  const remote = remotes.get('paris');
  remotes.ensure('paris', byCatalog());
  assert.equal(taken, 1, 'the same facts');
  remotes.ensure('paris', byCatalog({ timeout: 3_000 }));
  await eventually(() => taken === 2);
  assert.equal(remotes.newest('paris'), remote);
  assert.deepEqual([seen(), told], ['uid-of-hello', []]);
});

test('createRemotes() reads another peer anew', async () => {
  catalog.put(aListed('hello'));
  remotes.ensure('paris', byCatalog());
  await synced();
  const remote = remotes.get('paris');
  remotes.ensure('paris', byCatalog({ cluster: 'rome' }));
  assert.notEqual(remotes.newest('paris'), remote);
  assert.equal(remotes.get('paris'), remote, 'until the other one is read');
});
