import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aConfigMap, aNamespace, aSecret } from '../../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { timestamp } from '../../api/conditions.js';
import { ownNames } from '../../api/names.js';
import { configMaps, invitations, namespaces, secrets } from '../../api/resources.js';
import { encodeIdentity } from '../../protocol/identity.js';
import { encodeRequest, hashOfSecret, inviteName } from '../../protocol/invitation.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createIngress, type NodeIngress } from '../node/ingress.js';
import { createIngressAgent } from './ingress.js';

const host = '127.0.0.1';
const secret = Buffer.alloc(20, 7);
let lyon: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [lyon, paris] = await Promise.all([aCluster('lyon'), aCluster('paris')]);
});

/** Paris: an API server with all that an ingress gateway needs, and the gateway with its agent. */
async function startParis(
  t: TestContext,
  prepare: (api: Awaited<ReturnType<typeof startFakeApi>>) => void = () => {},
) {
  const api = await startFakeApi();
  prepare(api);
  const { cert, key, ca } = paris.ingress;
  api.put(namespaces, aNamespace('default'));
  api.put(secrets, aSecret(ownNames.ingressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }));
  const who = { cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.ca, addresses: [] };
  api.put(configMaps, aConfigMap(ownNames.identity, encodeIdentity(who)));
  api.put(configMaps, aConfigMap(ownNames.peers, {}));
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  let gateway: NodeIngress | undefined;
  const agent = createIngressAgent({
    ...{ kube, namespace: 'service-mirror', clock: systemClock, log: silent, leaveMs: 0, drainMs: 0 },
    gateway: ({ report, inviter }) =>
      (gateway = createIngress({
        ...{ address: host, port: 0, log: silent, clock: systemClock, report, inviter },
      })),
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
  return { api, port: () => gateway!.port() };
}

/** What comes back for a request under the server name of invitations. @throws when nothing does */
async function ask(port: number, act: 'look' | 'redeem'): Promise<string> {
  const identity = { cluster: 'lyon', uid: 'uid-lyon', caBundle: lyon.authority.cert, addresses: [] };
  const body = encodeRequest({ id: '4f2a9c1e', secret, act, identity });
  const socket = connectTls({ host, port, servername: inviteName('paris'), rejectUnauthorized: false });
  socket.write(`POST /v1/invitation HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  return (await socket.toArray()).join('');
}

test('a stranger with the code of an invitation is let in, and it is written down who redeemed it', async (t) => {
  const { api, port } = await startParis(t);
  await assert.rejects(ask(port(), 'look'));
  const time = (ms: number) => timestamp(Date.now() + ms);
  api.put(invitations, {
    ...{ apiVersion: 'linkerd.io/v1alpha1', kind: 'Invitation' },
    metadata: { name: 'lyon-4f2a9c1e', creationTimestamp: time(0) },
    spec: { link: 'lyon', secretHash: hashOfSecret(secret), expires: time(600_000) },
  });
  const look = await eventually(() => ask(port(), 'look'));
  assert.match(look, /^HTTP\/1\.1 200 .*"exports":"nothing"/s);
  assert.match(await ask(port(), 'redeem'), /^HTTP\/1\.1 200 /);
  const { redemption } = api.find(invitations, 'lyon-4f2a9c1e')?.status ?? {};
  assert.deepEqual([redemption?.cluster, redemption?.from], ['lyon', host]);
  api.drop(invitations, 'lyon-4f2a9c1e');
  await eventually(() => assert.rejects(ask(port(), 'look')));
});

test('a gateway serves where there is no such kind as an Invitation', async (t) => {
  const { port } = await startParis(t, (api) =>
    api.fault({ path: '/invitations', times: Infinity }, { kind: 'answer', status: 404 }),
  );
  assert.notEqual(port(), 0);
  await assert.rejects(ask(port(), 'look'));
});
