import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aSecret } from '../../../test/gen/gen.js';
import { aCluster, aLeaf, anIntermediate, aRoot, leavesOf, type ClusterPki } from '../../../test/gen/pki.js';
import { ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import { issueLeaf } from '../../pki/ca.js';
import type { KeyPair } from '../../pki/keypair.js';
import { clusterOf, createKeyPairReader, type KeyPairSource } from './keypair.js';

const now = new Date(fakeClock().now());
const later = (ms: number) => new Date(now.getTime() + ms);
const hour = 3_600_000;
let london: ClusterPki;
let rome: ClusterPki;
before(async () => {
  [london, rome] = await Promise.all([aCluster('london', { now }), aCluster('rome', { now })]);
});

const secretOf = ({ cert, key, ca }: KeyPair): Secret =>
  aSecret(ownNames.egressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });

function aReader(source: Partial<KeyPairSource> = {}) {
  const clock = fakeClock();
  const reader = createKeyPairReader({ name: ownNames.egressTls, role: 'egress', ...source }, clock);
  return { clock, reader };
}

/** A leaf of a live CA, which stands under one that has expired. */
async function underExpired(): Promise<KeyPair> {
  const root = await aRoot(now);
  const between = await anIntermediate(root, later(-2 * hour));
  const { cert, key, ca } = await issueLeaf({ ...between, ca: root.ca }, 'egress', {
    cluster: 'london',
    now,
  });
  return { cert, key, ca };
}

test('read() gives the certificate of the Secret', () => {
  const { reader } = aReader();
  assert.deepEqual(reader.read(secretOf(london.egress)), london.egress);
  assert.deepEqual([reader.problems(), reader.lookAgainIn()], [[], undefined]);
});

const bad: Readonly<Record<string, readonly [() => Promise<Secret | undefined>, RegExp]>> = {
  'is missing': [async () => undefined, /service-mirror-egress-tls is missing/],
  'lacks the CA': [async () => secretOf({ ...london.egress, ca: '' }), /ca\.crt is missing/],
  'is empty': [async () => aSecret(ownNames.egressTls, {}), /tls\.crt is missing.*tls\.key is missing/],
  'holds the key of another certificate': [
    async () => secretOf({ ...london.egress, key: london.ingress.key }),
    /tls\.key is not the key of tls\.crt/,
  ],
  'holds no key': [async () => secretOf({ ...london.egress, key: 'odd' }), /tls\.key is not the key/],
  'holds no certificate': [async () => secretOf({ ...london.egress, cert: 'odd' }), /tls\.crt: .*PEM/],
  'holds a leaf as CA': [
    async () => secretOf({ ...london.egress, ca: london.egress.cert }),
    /ca\.crt: .*not a CA/,
  ],
  'has expired': [
    async () => secretOf(await aLeaf(london.authority, 'london', { now: later(-2 * hour), life: 1_800_000 })),
    /tls\.crt expired at/,
  ],
  'is not valid before tomorrow': [
    async () => secretOf(await aLeaf(london.authority, 'london', { now: later(24 * hour) })),
    /tls\.crt is not valid before .*: compare the clocks/,
  ],
  'stands under no CA of ca.crt': [
    async () => secretOf({ ...london.egress, ca: rome.authority.ca }),
    /tls\.crt leads to no CA of ca\.crt/,
  ],
  'stands under a CA that has expired': [
    async () => secretOf(await underExpired()),
    /certificate 2 of tls\.crt expired/,
  ],
  "is the ingress gateway's": [
    async () => secretOf(london.ingress),
    /lacks the DNS name egress\.london\.mirror\.internal/,
  ],
  "is the operator's": [
    async () => secretOf(london.operator),
    /names spiffe:\/\/london\.mirror\.internal\/operator: issue it for/,
  ],
};
for (const [title, [secret, message]] of Object.entries(bad)) {
  test(`read() keeps the last good certificate when the Secret ${title}, and says so without showing it`, async () => {
    const { reader } = aReader();
    assert.equal(reader.read(await secret()), undefined);
    reader.read(secretOf(london.egress));
    assert.deepEqual(reader.read(await secret()), london.egress);
    assert.match(reader.problems().join(), message);
    assert.doesNotMatch(reader.problems().join(), /[A-Za-z0-9+/]{40}/);
    reader.read(secretOf(london.egress));
    assert.deepEqual(reader.problems(), []);
  });
}

test('read() takes no certificate of another cluster in place of a good one, but a renewed one of its own', async () => {
  const { reader } = aReader();
  reader.read(secretOf(london.egress));
  assert.deepEqual(reader.read(secretOf(rome.egress)), london.egress);
  assert.match(reader.problems().join(), /names spiffe:\/\/rome\.mirror\.internal\/gateway/);
  const renewed = await leavesOf('london', london.authority, now);
  assert.deepEqual(reader.read(secretOf(renewed.egress)), renewed.egress);
});

test('read() takes only certificates of the cluster that we are, once that is known', () => {
  let cluster: string | undefined;
  const { reader } = aReader({ cluster: () => cluster });
  const [ours, theirs] = [secretOf(london.egress), secretOf(rome.egress)];
  assert.deepEqual([reader.read(theirs), reader.problems()], [undefined, []]);
  cluster = 'london';
  assert.equal(reader.read(theirs), undefined);
  assert.match(reader.problems().join(), /issue it for the one URI spiffe:\/\/london/);
  assert.deepEqual([reader.read(ours), reader.problems()], [london.egress, []]);
  cluster = 'rome';
  assert.deepEqual(reader.read(ours), london.egress);
  assert.match(reader.problems().join(), /issue it for the one URI spiffe:\/\/rome/);
  assert.deepEqual([reader.read(theirs), reader.problems()], [rome.egress, []]);
});

test('read() takes a certificate of ours that a clock ahead of this one has issued just now', async () => {
  const ahead = await aCluster('london', { now: later(9 * 60_000) });
  const { reader } = aReader();
  assert.deepEqual(reader.read(secretOf(ahead.egress)), ahead.egress);
});

test('read() takes a certificate that has become valid meanwhile, though the Secret is the same', async () => {
  const { clock, reader } = aReader();
  const early = await aLeaf(london.authority, 'london', { now: later(hour) });
  const secret = secretOf(early);
  assert.equal(reader.read(secret), undefined);
  await clock.advance(reader.lookAgainIn()!);
  assert.equal(reader.read(secret), undefined);
  await clock.advance(hour);
  assert.deepEqual(reader.read(secret), early);
});

test('clusterOf() reads the cluster from a gateway certificate', () => {
  assert.equal(clusterOf(london.egress), 'london');
  assert.throws(() => clusterOf(london.operator));
});
