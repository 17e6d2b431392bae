import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import {
  aCluster,
  aCrossCertificate,
  aLeaf,
  aNamesake,
  anIntermediate,
  aRoot,
  type ClusterPki,
} from '../../test/gen/pki.js';
import { spiffeId } from '../api/names.js';
import { fingerprintOf } from './bundle.js';
import { identify, type IdentityRefusal, trustPeers } from './verify.js';
import type { KeyPair } from './keypair.js';

const now = new Date('2026-03-01T12:00:00Z');
const hour = 3600_000;
let london: ClusterPki;
let berlin: ClusterPki;

before(async () => {
  [london, berlin] = await Promise.all([aCluster('london', { now }), aCluster('berlin', { now })]);
});

const peer = (link: string, { cluster, authority }: ClusterPki) => ({
  link,
  cluster,
  caBundle: authority.ca,
});
const inOne = (roots: readonly KeyPair[]) => ({ ...roots[0]!, ca: roots.map(({ cert }) => cert).join('') });
const trusted = () => trustPeers([peer('to-london', london), peer('to-berlin', berlin)], now).trust;
const der = (...pairs: { cert: string }[]) => pairs.map(({ cert }) => new X509Certificate(cert).raw);

test('identify() names link, SPIFFE ID and CA of the peer that a leaf belongs to', () => {
  assert.deepEqual(identify(der(london.egress), trusted(), now), {
    ...{ link: 'to-london', role: 'gateway' },
    uri: 'spiffe://london.mirror.internal/gateway',
    root: fingerprintOf(new X509Certificate(london.authority.cert)),
  });
});

test('identify() knows an operator only among those who may call an ingress gateway', () => {
  const { trust, callers } = trustPeers([peer('to-london', london)], now);
  assert.deepEqual(identify(der(london.operator), trust, now), { refusal: 'UnknownPeer' });
  assert.deepEqual(identify(der(london.operator), callers, now), {
    ...{ link: 'to-london', role: 'operator' },
    uri: 'spiffe://london.mirror.internal/operator',
    root: fingerprintOf(new X509Certificate(london.authority.cert)),
  });
  const gateway = identify(der(london.egress), callers, now);
  assert.ok('role' in gateway && gateway.role === 'gateway');
});

test('identify() accepts every CA of the bundle', async () => {
  const next = await aCluster('london', { now, trusted: london.authority.ca });
  const { trust } = trustPeers([peer('to-london', next)], now);
  for (const { egress } of [london, next]) assert.ok('link' in identify(der(egress), trust, now));
});

test('identify() follows an intermediate that was presented, but only to a CA of the bundle', async () => {
  const root = await aRoot(now);
  const { trust } = trustPeers([peer('to-london', { ...london, authority: root })], now);
  const middle = await anIntermediate(root, now);
  const leaf = await aLeaf(middle, 'london', { now });
  assert.ok('link' in identify(der(leaf, middle), trust, now));
  assert.ok('link' in identify(der(leaf, middle, root), trust, now));
  assert.deepEqual(identify(der(leaf), trust, now), { refusal: 'WrongIssuer' });
  const stranger = await aCluster('london', { now });
  const other = await anIntermediate(stranger.authority, now);
  const forged = await aLeaf(other, 'london', { now });
  assert.deepEqual(identify(der(forged, other, stranger.authority), trust, now), { refusal: 'WrongIssuer' });
  assert.deepEqual(identify(der(forged, other), trusted(), now), { refusal: 'WrongIssuer' });
});

test('identify() does not take a leaf for an intermediate', async () => {
  // The second does not even say that its key may not sign certificates.
  const leaves = [london.egress, await aLeaf(london.authority, 'london', { now, anonymousIssuer: true })];
  for (const leaf of leaves) {
    const below = await aLeaf(leaf, 'london', { now });
    assert.deepEqual(identify(der(below, leaf), trusted(), now), { refusal: 'WrongIssuer' });
  }
});

test('identify() trusts an intermediate that is in the bundle without its root', async () => {
  const middle = await anIntermediate(london.authority, now);
  const leaf = await aLeaf(middle, 'london', { now });
  const { trust } = trustPeers([{ link: 'to-london', cluster: 'london', caBundle: middle.cert }], now);
  assert.ok('link' in identify(der(leaf), trust, now));
});

const refusals: Record<string, { refusal: IdentityRefusal; show: () => Promise<KeyPair> }> = {
  "a peer's name under the CA of another peer": {
    refusal: 'WrongIssuer',
    show: () => aLeaf(berlin.authority, 'london', { now }),
  },
  "a peer's name under a CA that only has the same name as the peer's": {
    refusal: 'WrongIssuer',
    show: async () => aLeaf(await aNamesake(london.authority, now), 'london', { now, anonymousIssuer: true }),
  },
  'a name that no peer has': {
    refusal: 'UnknownPeer',
    show: () => aLeaf(london.authority, 'madrid', { now }),
  },
  'another role than the gateway': { refusal: 'UnknownPeer', show: async () => london.operator },
  'no URI': { refusal: 'NoIdentity', show: () => aLeaf(london.authority, 'london', { now, uris: [] }) },
  'two URIs, one of them right': {
    refusal: 'NoIdentity',
    show: () =>
      aLeaf(london.authority, 'london', {
        now,
        uris: [spiffeId('london', 'gateway'), 'https://elsewhere.example'],
      }),
  },
  'a URI that only begins like a peer': {
    refusal: 'UnknownPeer',
    show: () => aLeaf(london.authority, 'london', { now, uris: [`${spiffeId('london', 'gateway')}/more`] }),
  },
  'an expired leaf': {
    refusal: 'WrongIssuer',
    show: () => aLeaf(london.authority, 'london', { now: new Date(now.getTime() - 2 * hour), life: hour }),
  },
  'a leaf of tomorrow': {
    refusal: 'WrongIssuer',
    show: () => aLeaf(london.authority, 'london', { now: new Date(now.getTime() + 24 * hour) }),
  },
};

for (const [what, { refusal, show }] of Object.entries(refusals)) {
  test(`identify() refuses ${what}`, async () => {
    const shown = await show();
    assert.deepEqual(identify(der(shown, london.authority), trusted(), now), { refusal });
  });
}

test('identify() refuses a leaf whose signature was tampered with', () => {
  const [leaf] = der(london.egress);
  const forged = Buffer.from(leaf!);
  forged[forged.length - 1]! ^= 1;
  assert.deepEqual(identify([forged], trusted(), now), { refusal: 'WrongIssuer' });
});

test('identify() survives an intermediate whose key is of no known kind', async () => {
  const middle = await anIntermediate(london.authority, now);
  const [leaf, issuer] = der(await aLeaf(middle, 'london', { now }), middle);
  const odd = Buffer.from(issuer!);
  // The object identifier of elliptic curve keys (RFC 5480 section 2.1.1), its last part changed.
  odd[odd.indexOf(Buffer.from('06072a8648ce3d0201', 'hex')) + 8] = 0x7f;
  assert.throws(() => new X509Certificate(odd).publicKey);
  assert.deepEqual(identify([leaf!, odd], trusted(), now), { refusal: 'WrongIssuer' });
});

test('identify() checks a bounded number of signatures, however many CAs seem to stand above each other', async (t) => {
  const shown = await aRoot(now, 'CN=same');
  const copies = await Promise.all(Array.from({ length: 7 }, () => aCrossCertificate(shown, shown, now)));
  const roots = await Promise.all(Array.from({ length: 8 }, () => aRoot(now, 'CN=same')));
  const { trust } = trustPeers([peer('to-london', { ...london, authority: inOne(roots) })], now);
  const leaf = await aLeaf(shown, 'london', { now });
  const verify = t.mock.method(X509Certificate.prototype, 'verify');
  assert.deepEqual(identify(der(leaf, ...copies), trust, now), { refusal: 'WrongIssuer' });
  assert.ok(verify.mock.callCount() <= 32, `${verify.mock.callCount()} signatures`);
});

test('identify() refuses an empty chain', () => {
  assert.deepEqual(identify([], trusted(), now), { refusal: 'NoCertificate' });
});

test('identify() refuses a leaf whose CA has expired since the bundle was read', async () => {
  const old = await aCluster('london', { now });
  const { trust } = trustPeers([peer('to-london', old)], now);
  const farOff = new Date(now.getTime() + 11 * 365 * 24 * hour);
  const leaf = await aLeaf({ ...old.authority }, 'london', { now });
  assert.deepEqual(identify(der(leaf), trust, farOff), { refusal: 'WrongIssuer' });
});

test('identify() refuses when two links stand for the same peer', () => {
  const { trust } = trustPeers([peer('one', london), peer('two', london)], now);
  assert.deepEqual(identify(der(london.egress), trust, now), { refusal: 'WrongIssuer' });
});

test('identify() tells two links of one name apart by their CAs', async () => {
  const namesake = await aCluster('london', { now });
  const { trust } = trustPeers([peer('one', london), peer('two', namesake)], now);
  const found = identify(der(namesake.egress), trust, now);
  assert.equal('link' in found && found.link, 'two');
});

test('trustPeers() leaves out a peer whose bundle is bad, and no other', () => {
  const { trust, distrusted } = trustPeers(
    [{ link: 'to-paris', cluster: 'paris', caBundle: 'nonsense' }, peer('to-london', london)],
    now,
  );
  assert.deepEqual([...trust.keys()], [spiffeId('london', 'gateway')]);
  assert.deepEqual(
    distrusted.map(({ link, error }) => [link, error.fault]),
    [['to-paris', 'NotPem']],
  );
});
