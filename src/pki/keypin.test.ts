import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import {
  aCluster,
  aCopy,
  aCrossCertificate,
  aLeaf,
  aNamesake,
  anIntermediate,
  aRoot,
  leavesOf,
  onlyNowhere,
  pinOf,
  type ClusterPki,
} from '../../test/gen/pki.js';
import { holdsPinned, keyPinPattern, pinnedCa, type PinnedServer } from './keypin.js';

const now = new Date('2026-03-01T12:00:00Z');
const hour = 3600_000;
let paris: ClusterPki;
let lyon: ClusterPki;

before(async () => {
  [paris, lyon] = await Promise.all([aCluster('paris', { now }), aCluster('lyon', { now })]);
});

const read = ({ cert }: { readonly cert: string }) => new X509Certificate(cert);
const der = (...pairs: { readonly cert: string }[]) => pairs.map((pair) => read(pair).raw);
const server = (given: Partial<PinnedServer>): PinnedServer => ({
  ...{ chain: der(paris.ingress, paris.authority), offered: [], pins: [pinOf(paris.authority)] },
  ...{ cluster: 'paris', now, ...given },
});

test('keyPinOf() is what openssl makes of the public key', () => {
  const spki = execFileSync('openssl', ['x509', '-pubkey', '-noout'], { input: paris.authority.cert });
  const openssl = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: spki });
  assert.equal(pinOf(paris.authority), `sha256:${createHash('sha256').update(openssl).digest('hex')}`);
  assert.match(pinOf(paris.authority), keyPinPattern);
});

test('keyPinOf() stays the same when a CA is issued again for its key', async () => {
  const renewed = await aCrossCertificate(paris.authority, paris.authority, new Date(now.getTime() + hour));
  assert.notEqual(read(renewed).fingerprint256, read(paris.authority).fingerprint256);
  assert.equal(pinOf(renewed), pinOf(paris.authority));
  assert.notEqual(pinOf(lyon.authority), pinOf(paris.authority));
});

test('pinnedCa() finds the CA in the chain', () => {
  assert.equal(pinnedCa(server({}))?.fingerprint256, read(paris.authority).fingerprint256);
});

test('pinnedCa() takes a CA that the chain lacks from those that came in another way', () => {
  const chain = der(paris.ingress);
  assert.equal(pinnedCa(server({ chain })), undefined);
  assert.ok(pinnedCa(server({ chain, offered: [read(lyon.authority), read(paris.authority)] })));
});

test('pinnedCa() takes any of several pins, as while a CA is rotated', () => {
  const pins = [pinOf(lyon.authority), pinOf(paris.authority)];
  assert.equal(pinnedCa(server({ pins }))?.fingerprint256, read(paris.authority).fingerprint256);
});

test('pinnedCa() follows intermediate CAs to a pinned root', async () => {
  const root = await aRoot(now);
  const middle = await anIntermediate(root, now);
  const { ingress } = await leavesOf('paris', middle, now);
  const chain = der(ingress, middle);
  assert.ok(pinnedCa(server({ chain, offered: [read(root)], pins: [pinOf(root)] })));
  assert.ok(pinnedCa(server({ chain, pins: [pinOf(middle)] })));
  assert.equal(
    pinnedCa(server({ chain: der(ingress), offered: [read(root)], pins: [pinOf(root)] })),
    undefined,
  );
});

const refused: Readonly<Record<string, () => Promise<Partial<PinnedServer>> | Partial<PinnedServer>>> = {
  'no certificate at all': () => ({ chain: [] }),
  'bytes that are no certificate': () => ({
    chain: [Buffer.from('no certificate'), ...der(paris.authority)],
  }),
  'a pinned CA that has not signed the leaf': () => ({
    chain: der(lyon.ingress, paris.authority),
    cluster: 'lyon',
  }),
  'a CA of the same name with another key': async () => ({
    chain: der(paris.ingress, await aNamesake(paris.authority, now)),
  }),
  'a leaf of another key that names the pinned CA as its issuer': async () => {
    const namesake = await aNamesake(paris.authority, now, { keyId: true });
    const { ingress } = await leavesOf('paris', namesake, now);
    return { chain: der(ingress, paris.authority) };
  },
  'the gateway of another cluster under the pinned CA': () => ({ cluster: 'lyon' }),
  'the operator of the cluster, which is no gateway': () => ({ chain: der(paris.operator, paris.authority) }),
  'a leaf with two identities': async () => ({
    chain: der(
      await aLeaf(paris.authority, 'paris', {
        ...{ now, uris: ['spiffe://paris.mirror.internal/gateway', 'spiffe://lyon.mirror.internal/gateway'] },
      }),
      paris.authority,
    ),
  }),
  'a leaf that has expired': () => ({ now: new Date(now.getTime() + 8 * 24 * hour) }),
  'a leaf whose own key is the pinned one': () => ({ pins: [pinOf(paris.ingress)] }),
  'a copy of the CA that may not sign this leaf': async () => ({
    chain: der(paris.ingress, await aCopy(paris.authority, now, [onlyNowhere])),
  }),
  'no pin': () => ({ pins: [] }),
  'a pin in capital letters': () => ({ pins: [pinOf(paris.authority).toUpperCase()] }),
};

for (const [what, given] of Object.entries(refused))
  test(`pinnedCa() refuses ${what}`, async () => {
    assert.equal(pinnedCa(server(await given())), undefined);
  });

test('pinnedCa() reads no more of a chain than identify() does', () => {
  const filled = [...der(paris.ingress), ...Array.from({ length: 7 }, () => read(lyon.authority).raw)];
  assert.ok(pinnedCa(server({ chain: [...filled.slice(0, -1), read(paris.authority).raw] })));
  assert.equal(pinnedCa(server({ chain: [...filled, read(paris.authority).raw] })), undefined);
});

test('holdsPinned() finds the CA of a pin in a bundle', () => {
  const both = lyon.authority.ca + paris.authority.ca;
  assert.equal(holdsPinned(both, pinOf(paris.authority), now), true);
  assert.equal(holdsPinned(lyon.authority.ca, pinOf(paris.authority), now), false);
  assert.equal(holdsPinned('no PEM', pinOf(paris.authority), now), false);
});
