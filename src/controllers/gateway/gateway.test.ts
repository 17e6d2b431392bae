import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { X509Certificate } from 'node:crypto';
import {
  aConfigMap,
  aLink,
  aSecret,
  aService,
  epoch,
  inNamespace,
  port,
  spec,
} from '../../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, ownNames } from '../../api/names.js';
import { decodeIdentity, decodeResolved } from '../../protocol/identity.js';
import { decodeKeyPair } from '../../pki/keypair.js';
import { ApiError } from '../../runtime/errors.js';
import { silent } from '../../runtime/log.js';
import { createAdvertised } from './advertised.js';
import { reconcileGateway } from './gateway.js';

let paris: ClusterPki;
before(async () => {
  paris = await aCluster('paris-1', { now: new Date(epoch) });
});

const day = 24 * 3600_000;
const now = new Date(epoch);
const optionsOf = (fake: FakeCluster) => ({
  ...fake,
  log: silent,
  advertised: createAdvertised({ ...fake, log: silent, fixed: [], onChange: () => {} }),
});
const reconcile = (fake: FakeCluster) => reconcileGateway(optionsOf(fake))();
const pair = (fake: FakeCluster, name: string) =>
  decodeKeyPair(fake.caches.secrets.get(`service-mirror/${name}`)?.data);
const data = (fake: FakeCluster, name: string) => fake.caches.configMaps.get(`service-mirror/${name}`)?.data;
const pinned = (name: string, cluster = 'paris-1') =>
  aLink(
    name,
    spec({
      peer: { cluster, caBundle: paris.authority.ca },
      gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }] },
    }),
  );

/** A cluster whose gateways have all that they need. */
async function ready(...objects: Parameters<typeof aFakeCluster>): Promise<FakeCluster> {
  const fake = aFakeCluster(...objects);
  await reconcile(fake);
  await reconcile(fake);
  return fake;
}

describe('reconcileGateway()', () => {
  it('makes a CA first, and the rest under it', async () => {
    const fake = aFakeCluster();
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create secrets service-mirror/service-mirror-ca']);
    await reconcile(fake);
    assert.deepEqual(fake.written().toSorted(), [
      'create configmaps service-mirror/service-mirror-identity',
      'create configmaps service-mirror/service-mirror-peers',
      'create secrets service-mirror/service-mirror-egress-tls',
      'create secrets service-mirror/service-mirror-ingress-tls',
      'create secrets service-mirror/service-mirror-operator-tls',
    ]);
    const authority = new X509Certificate(pair(fake, ownNames.ca)?.cert ?? '');
    for (const name of [ownNames.ingressTls, ownNames.egressTls, ownNames.operatorTls])
      assert.ok(new X509Certificate(pair(fake, name)?.cert ?? '').verify(authority.publicKey), name);
    assert.equal(fake.caches.secrets.get(`service-mirror/${ownNames.ingressTls}`)?.type, 'kubernetes.io/tls');
  });

  it('writes nothing when it looks again, nor after a restart', async () => {
    const fake = await ready(pinned('paris'));
    fake.written();
    await reconcile(fake);
    await reconcile(fake.restarted());
    assert.deepEqual(fake.written(), []);
  });

  it('publishes who we are and where our ingress gateway is', async () => {
    const ingress = aService(ownNames.ingress, inNamespace('service-mirror'), port(4143), (draft) => {
      draft.status = { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } };
    });
    const fake = await ready(ingress);
    const published = decodeIdentity(data(fake, ownNames.identity), now);
    assert.deepEqual('value' in published && published.value, {
      cluster: 'london',
      uid: 'uid-london',
      caBundle: pair(fake, ownNames.ca)?.ca,
      addresses: [{ host: '198.51.100.1', port: 4143 }],
    });
  });

  it('writes resolved peers for our gateways, and removes others', async () => {
    const fake = await ready(pinned('paris'), pinned('self', 'london'));
    assert.deepEqual(Object.keys(data(fake, ownNames.peers) ?? {}), ['paris']);
    const peer = decodeResolved('paris', data(fake, ownNames.peers)?.paris ?? '', now);
    assert.equal('value' in peer && peer.value.cluster, 'paris-1');
    assert.equal('value' in peer && peer.value.linkUid, 'uid-link-paris');
    fake.drop(pinned('paris'));
    await reconcile(fake);
    assert.deepEqual(Object.keys(data(fake, ownNames.peers) ?? {}), []);
  });

  it('renews leaves after two thirds of their seven days, and the CA not', async () => {
    const fake = await ready();
    const [authority, before] = [pair(fake, ownNames.ca), pair(fake, ownNames.egressTls)];
    fake.written();
    fake.clock.now = () => epoch + 4 * day;
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    fake.clock.now = () => epoch + 5 * day;
    await reconcile(fake);
    assert.equal(fake.written().length, 3);
    assert.notEqual(pair(fake, ownNames.egressTls)?.cert, before?.cert);
    assert.deepEqual(pair(fake, ownNames.ca), authority);
  });

  it('brings a new bundle to leaves that are good, and makes no others', async () => {
    const fake = await ready();
    const before = pair(fake, ownNames.egressTls);
    const ca = fake.caches.secrets.get(`service-mirror/${ownNames.ca}`)!;
    const bundle = (pair(fake, ownNames.ca)?.ca ?? '') + paris.authority.ca;
    fake.put({
      ...ca,
      data: { ...ca.data, 'ca.crt': Buffer.from(bundle).toString('base64') },
    } as typeof ca);
    await reconcile(fake);
    assert.deepEqual(pair(fake, ownNames.egressTls), { ...before, ca: bundle });
  });

  it('looks again when a leaf is due, and at least every hour', async () => {
    const fake = await ready();
    assert.deepEqual(await reconcile(fake), { requeueAfter: 3600_000 });
    // NotBefore lies a little back, so that clocks may differ
    fake.clock.now = () => epoch + (14 * day) / 3 - 3600_000;
    const { requeueAfter } = (await reconcile(fake)) ?? { requeueAfter: 0 };
    assert.ok(requeueAfter > 0 && requeueAfter <= 3600_000, String(requeueAfter));
  });

  it('makes a leaf anew that is gone or broken', async () => {
    const fake = await ready();
    const held = fake.caches.secrets.get(`service-mirror/${ownNames.egressTls}`);
    assert.ok(held);
    fake.drop(held);
    await reconcile(fake);
    assert.ok(pair(fake, ownNames.egressTls));
    fake.put({
      ...held,
      data: { ...held.data, 'tls.crt': Buffer.from('x').toString('base64') },
    } as typeof held);
    await reconcile(fake);
    assert.match(pair(fake, ownNames.egressTls)?.cert ?? '', /BEGIN CERTIFICATE/);
  });

  it('takes a CA that somebody else has put there', async () => {
    const { cert, key, ca } = paris.authority;
    const given = aSecret(ownNames.ca, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
    const fake = aFakeCluster(given);
    await reconcile(fake);
    assert.deepEqual(pair(fake, ownNames.ca), paris.authority);
    assert.ok(pair(fake, ownNames.egressTls));
  });

  it('replaces no CA that cannot sign: every peer trusts the one that is there', async () => {
    const { cert, ca } = paris.authority;
    const fake = aFakeCluster(aSecret(ownNames.ca, { 'tls.crt': cert, 'tls.key': 'x', 'ca.crt': ca }));
    await assert.rejects(() => reconcile(fake), /service-mirror-ca: cannot sign \(Broken\)/);
    assert.deepEqual(fake.written(), ['create configmaps service-mirror/service-mirror-peers']);
  });

  it('makes no CA over one that lacks a part: the message names the Secret and the fix', async () => {
    const { cert, ca } = paris.authority;
    const fake = aFakeCluster(aSecret(ownNames.ca, { 'tls.crt': cert, 'ca.crt': ca }));
    await assert.rejects(reconcile(fake), /service-mirror-ca: cannot sign.*put a CA certificate and its key/);
    assert.deepEqual(fake.written(), ['create configmaps service-mirror/service-mirror-peers']);
  });

  it('changes nothing under another name than the one that peers know', async () => {
    const fake = await ready();
    fake.written();
    const renamed = reconcileGateway({ ...optionsOf(fake), self: { ...fake.self, cluster: 'other' } });
    await assert.rejects(renamed(), /known to its peers as ".*".*--cluster-name says "other"/);
    assert.deepEqual(fake.written(), []);
  });

  it('leaves a Secret alone that is not ours, though a leaf is due, and says so once where people look', async () => {
    const foreign = aSecret(ownNames.egressTls, { 'tls.crt': 'a', 'tls.key': 'b', 'ca.crt': 'c' });
    const fake = aFakeCluster(foreign);
    const again = reconcileGateway(optionsOf(fake));
    await again();
    for (const _ of ['first', 'second'])
      await assert.rejects(again, /egress-tls: it was put there by others/);
    assert.deepEqual(fake.told, ['Warning CertificateUnusable']);
    assert.equal(pair(fake, ownNames.egressTls)?.cert, 'a');
    assert.ok(pair(fake, ownNames.ingressTls));
  });

  for (const name of [ownNames.identity, ownNames.peers])
    it(`leaves ConfigMap ${name} alone when it has lost its label, says what to do, and goes on with the rest`, async () => {
      const fake = await ready();
      const again = reconcileGateway(optionsOf(fake));
      await again();
      const held = fake.caches.configMaps.get(`service-mirror/${name}`)!;
      const taken = { ...held, metadata: { ...held.metadata, labels: { [keys.managedBy]: 'flux' } } };
      fake.put(taken, pinned('paris'));
      fake.drop(fake.caches.secrets.get(`service-mirror/${ownNames.egressTls}`)!);
      for (const _ of ['first', 'second'])
        await assert.rejects(
          again,
          new RegExp(
            `ConfigMap service-mirror/${name} lacks the label app.kubernetes.io/managed-by=service-mirror.* kubectl label `,
          ),
        );
      assert.deepEqual(fake.told, ['Warning NotManaged']);
      assert.deepEqual(data(fake, name), held.data);
      assert.ok(pair(fake, ownNames.egressTls));
      const peers = Object.keys(data(fake, ownNames.peers) ?? {});
      assert.deepEqual(peers, name === ownNames.peers ? [] : ['paris']);

      fake.put({ ...taken, metadata: held.metadata });
      await again();
      assert.deepEqual(Object.keys(data(fake, ownNames.peers) ?? {}), ['paris']);
      fake.put(taken);
      await assert.rejects(again);
      assert.deepEqual(fake.told, ['Warning NotManaged', 'Warning NotManaged']);
    });

  it("warns of a record of egress ports that is somebody else's, and of what the API server refuses", async () => {
    const fake = await ready();
    const again = reconcileGateway(optionsOf(fake));
    fake.put(aConfigMap(ownNames.ports, {}));
    await assert.rejects(again, /service-mirror-ports lacks the label.*no egress port.*kubectl label/);
    assert.deepEqual(fake.told, ['Warning NotManaged']);
    fake.put(pinned('paris'));
    fake.kube.beforeWrite = () => {
      throw new ApiError('exceeded quota: q', { status: 403, reason: 'Forbidden' });
    };
    await assert.rejects(
      again,
      /does not take ConfigMap service-mirror\/service-mirror-peers: exceeded quota: q/,
    );
    fake.drop(fake.caches.secrets.get(`service-mirror/${ownNames.egressTls}`)!);
    await assert.rejects(again, /does not take Secret .*exceeded quota: q/);
    assert.deepEqual(fake.told.slice(1), ['Warning WriteRefused', 'Warning WriteRefused']);
  });

  it('writes over no ConfigMap that was there first, though the cache does not show it yet', async () => {
    const theirs = aConfigMap(ownNames.peers, { theirs: 'x' });
    const fake = await ready();
    fake.put(theirs);
    const blind = { ...fake.caches.configMaps, get: () => undefined } as never;
    const again = reconcileGateway({ ...optionsOf(fake), caches: { ...fake.caches, configMaps: blind } });
    await assert.rejects(again, /ConfigMap service-mirror\/service-mirror-peers lacks the label/);
    assert.deepEqual(data(fake, ownNames.peers), { theirs: 'x' });
  });
});
