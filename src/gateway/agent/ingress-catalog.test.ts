import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { readCatalog, type CatalogReader } from '../../../test/gen/catalogreader.js';
import {
  aConfigMap,
  aLink,
  aNamespace,
  aSecret,
  aService,
  aSlice,
  exported,
  labelled,
  port,
  spec,
  type Change,
} from '../../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { aHeadless, aNamedPod, aPodSlice, type PodAt } from '../../../test/gen/pods.js';
import { eventually } from '../../../test/driver/eventually.js';
import { ownNames } from '../../api/names.js';
import type { Service } from '../../api/objects.js';
import {
  configMaps,
  endpointSlices,
  links,
  namespaces,
  pods,
  secrets,
  services,
} from '../../api/resources.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { CatalogService } from '../../protocol/catalog.js';
import { encodeIdentity, encodePeer } from '../../protocol/identity.js';
import { peerChannelName } from '../../protocol/serviceid.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createIngress, type NodeIngress } from '../node/ingress.js';
import { createIngressAgent } from './ingress.js';

let london: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const marked = { matchLabels: { 'mirror.linkerd.io/exported': 'true' } };
const exporting = spec({ exports: { services: marked, allowSelectorless: false } });

const peerOf = ({ cluster, authority }: ClusterPki, more: object = {}) =>
  encodePeer({
    ...{ link: cluster, cluster, caBundle: authority.ca, addresses: [] },
    probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
    ...more,
  });

/** Paris: an API server and an ingress gateway with its agent; its Link `london` exports what is marked. */
async function startParis(t: TestContext) {
  const api = await startFakeApi();
  const { cert, key, ca } = paris.ingress;
  api.put(namespaces, aNamespace('default'));
  api.put(links, aLink('london', exporting));
  api.put(secrets, aSecret(ownNames.ingressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }));
  const own = { cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.ca, addresses: [] };
  api.put(configMaps, aConfigMap(ownNames.identity, encodeIdentity(own)));
  api.put(configMaps, aConfigMap(ownNames.peers, { london: peerOf(london) }));
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  let gateway: NodeIngress | undefined;
  const common = { clock: systemClock, log: silent };
  const agent = createIngressAgent({
    ...{ kube, namespace: 'service-mirror', ...common, leaveMs: 0, drainMs: 0 },
    gateway: (given) => (gateway = createIngress({ address: '127.0.0.1', port: 0, ...common, ...given })),
  });
  const stop = new AbortController();
  const done = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
    await kube.close();
    await api.close();
  });
  await eventually(() => assert.deepEqual(agent.ready(), []));

  /** Asks as a peer's operator, until it is answered. */
  async function read(who: KeyPair = london.operator, query = ''): Promise<CatalogReader> {
    let reader: CatalogReader | undefined;
    await eventually(async () => {
      reader?.socket.destroy();
      const socket = connectTls({
        ...{ port: gateway!.port(), host: '127.0.0.1', servername: peerChannelName('paris') },
        ...{ cert: who.cert, key: who.key, ca: paris.authority.ca },
      });
      t.after(() => socket.destroy());
      reader = readCatalog(socket, query);
      await eventually(() => assert.ok(socket.destroyed || reader?.status() !== undefined));
      assert.equal(reader.status(), '200');
    });
    return reader!;
  }
  return { api, read };
}

const web = (...changes: Change<Service>[]) =>
  aService('web', port(80, { name: 'http' }), exported, ...changes);
const webSlice = (...ready: readonly boolean[]) => webSliceFrom(1, ready);
const webSliceFrom = (first: number, ready: readonly boolean[]) =>
  aSlice('web', (slice) => {
    slice.ports = [{ name: 'http', port: 8080, protocol: 'TCP' }];
    slice.endpoints = ready.map((one, n) => ({
      ...{ addresses: [`10.0.0.${first + n}`], conditions: { ready: one } },
    }));
  });

const lastOf = (reader: CatalogReader): CatalogService | undefined =>
  reader
    .lines()
    .flatMap((line) => (line?.kind === 'service' ? line.service : []))
    .at(-1);
const numbersOf = (reader: CatalogReader) => [lastOf(reader)?.ready, lastOf(reader)?.total];

test('a label on a Service is one line at the reader, and so is a pod that becomes ready', async (t) => {
  const { api, read } = await startParis(t);
  api.put(services, web());
  api.put(services, aService('hidden', port(80)));
  api.put(endpointSlices, webSlice(true, false));
  const reader = await read();
  await reader.tells('whole', 'web', '@1');
  assert.deepEqual(numbersOf(reader), [1, 2]);
  api.put(services, web(labelled({ tier: 'front' })));
  await reader.tells('whole', 'web', '@1', 'web', '@2');
  assert.equal(lastOf(reader)?.labels['tier'], 'front');
  api.put(endpointSlices, webSlice(true, true));
  await reader.tells('whole', 'web', '@1', 'web', '@2', 'web', '@3');
  assert.deepEqual(numbersOf(reader), [2, 2]);
  // other pods, and as many of them
  api.put(endpointSlices, webSliceFrom(20, [true, true]));
  api.put(services, aService('web', port(80)));
  await reader.tells('whole', 'web', '@1', 'web', '@2', 'web', '@3', '-default/web', '@4');
});

test('who knows a version is told of changes alone, and who knows one of another gateway all', async (t) => {
  const { api, read } = await startParis(t);
  api.put(services, web());
  const first = await read();
  await first.tells('whole', 'web', '@1');
  const [head] = first.lines();
  const epoch = head?.kind === 'head' ? head.epoch : '';
  assert.deepEqual(head, {
    ...{ kind: 'head', cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.ca, epoch, whole: true },
  });
  api.put(services, web(labelled({ tier: 'front' })));
  await first.tells('whole', 'web', '@1', 'web', '@2');
  await (await read(london.egress, `?epoch=${epoch}&since=1`)).tells('changes', 'web', '@2');
  await (await read(london.egress, `?epoch=other&since=1`)).tells('whole', 'web', '@2');
});

test('each peer is told of what its own Link exports', async (t) => {
  const { api, read } = await startParis(t);
  const berlin = await aCluster('berlin');
  api.put(links, aLink('berlin'));
  api.put(configMaps, aConfigMap(ownNames.peers, { london: peerOf(london), berlin: peerOf(berlin) }));
  api.put(services, web());
  const [ofLondon, ofBerlin] = [await read(), await read(berlin.operator)];
  await ofLondon.tells('whole', 'web', '@1');
  await ofBerlin.tells('whole', '@0');
  api.put(links, aLink('berlin', exporting));
  await ofBerlin.tells('whole', '@0', 'web', '@1');
  await ofLondon.tells('whole', 'web', '@1');
});

test('a stream ends when the peer is gone, has other CAs, or the Link is another one', async (t) => {
  const { api, read } = await startParis(t);
  const next = await aCluster('london', { trusted: london.authority.ca });
  const again = () => {
    api.drop(links, 'london');
    return api.put(links, aLink('london', exporting)).metadata.uid;
  };
  const changes: readonly (() => Record<string, string>)[] = [
    () => ({ london: peerOf({ ...london, authority: next.authority }) }),
    () => ({ london: peerOf(london) }),
    () => ({ london: peerOf(london, { linkUid: again() }) }),
    () => ({}),
  ];
  for (const change of changes) {
    const reader = await read();
    await reader.tells('whole', '@0');
    api.put(configMaps, aConfigMap(ownNames.peers, change()));
    await eventually(() => assert.ok(reader.socket.destroyed || reader.socket.readableEnded));
  }
});

test('a headless service is told with the host names of its pods, and without pods, too', async (t) => {
  const { api, read } = await startParis(t);
  api.put(services, aHeadless('db', port(5432, { name: 'db' }), exported));
  const reader = await read();
  await eventually(() => assert.deepEqual(lastOf(reader)?.hosts, {}));
  assert.deepEqual(lastOf(reader)?.ports, [{ name: 'db', port: 5432 }]);
  const run = (name: string, address: string): PodAt => [
    name,
    address,
    api.put(pods, aNamedPod('db', [name, address])).metadata.uid ?? '',
  ];
  api.put(endpointSlices, aPodSlice('db', [run('db-0', '10.1.0.1'), run('db-1', '10.1.0.2')]));
  await eventually(() => assert.deepEqual(lastOf(reader)?.hosts, { 'db-0': true, 'db-1': true }));
  assert.deepEqual(numbersOf(reader), [2, 2]);
  api.put(endpointSlices, aPodSlice('db', []));
  await eventually(() => assert.deepEqual(lastOf(reader)?.hosts, {}));
  assert.ok(!reader.words().includes('-default/db'));
});

test('a service that does not fit is cut, and the others are told as they are', async (t) => {
  const { api, read } = await startParis(t);
  const annotations = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`note-${n}`, '\u0001'.repeat(400)]),
  );
  api.put(
    services,
    web(({ metadata }) => (metadata.annotations = { ...annotations, short: 'x' })),
  );
  api.put(services, aService('other', port(80), exported));
  const reader = await read();
  await eventually(() => assert.deepEqual(reader.words().toSorted(), ['@2', 'other', 'web', 'whole']));
  const told = reader.lines().flatMap((line) => (line?.kind === 'service' ? line.service : []));
  const cut = told.find(({ name }) => name === 'web')!;
  assert.equal(cut.annotations['short'], 'x');
  assert.ok(Object.keys(cut.annotations).length < 50);
});
