import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fakeClock } from '../../../test/clock.js';
import { aSecret } from '../../../test/gen.js';
import { aCluster, aLeaf, type ClusterPki } from '../../../test/pki.js';
import { ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import type { KeyPair } from '../model.js';
import { clusterOf, createKeyPairReader } from './keypair.js';

const clock = fakeClock();
const now = new Date(clock.now());
let london: ClusterPki;
let old: KeyPair;
before(async () => {
  london = await aCluster('london', { now });
  old = await aLeaf(london.authority, 'london', {
    now: new Date(now.getTime() - 3_600_000),
    life: 1_800_000,
  });
});

const secretOf = ({ cert, key, ca }: KeyPair): Secret =>
  aSecret(ownNames.egressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });

test('read() gives the certificate of the Secret', () => {
  const reader = createKeyPairReader(ownNames.egressTls, clock);
  assert.deepEqual(reader.read(secretOf(london.egress)), london.egress);
  assert.deepEqual(reader.problems(), []);
});

const broken: Readonly<Record<string, readonly [() => Secret | undefined, RegExp]>> = {
  'is missing': [() => undefined, /service-mirror-egress-tls is missing/],
  'lacks the CA': [() => secretOf({ ...london.egress, ca: '' }), /ca\.crt is missing/],
  'is empty': [() => aSecret(ownNames.egressTls, {}), /tls\.crt, tls\.key or ca\.crt is missing/],
  'holds the key of another certificate': [
    () => secretOf({ ...london.egress, key: london.ingress.key }),
    /tls\.key is not its key/,
  ],
  'holds no key': [() => secretOf({ ...london.egress, key: 'odd' }), /tls\.key is not its key/],
  'holds no certificate': [() => secretOf({ ...london.egress, cert: 'odd' }), /tls\.crt: .*PEM/],
  'holds a leaf as CA': [() => secretOf({ ...london.egress, ca: london.egress.cert }), /ca\.crt: .*CA/],
  'has expired': [() => secretOf(old), /tls\.crt: expired at/],
  "is the operator's": [
    () => secretOf(london.operator),
    /spiffe:\/\/london\.mirror\.internal\/operator, not one gateway/,
  ],
};
for (const [title, [secret, message]] of Object.entries(broken)) {
  test(`read() keeps the last good certificate when the Secret ${title}, and says so without showing it`, () => {
    const reader = createKeyPairReader(ownNames.egressTls, clock);
    assert.equal(reader.read(secret()), undefined);
    reader.read(secretOf(london.egress));
    assert.deepEqual(reader.read(secret()), london.egress);
    assert.match(reader.problems().join(), message);
    assert.doesNotMatch(reader.problems().join(), /[A-Za-z0-9+/]{40}/);
    reader.read(secretOf(london.egress));
    assert.deepEqual(reader.problems(), []);
  });
}

test('clusterOf() reads the cluster from a gateway certificate', () => {
  assert.equal(clusterOf(london.egress), 'london');
  assert.throws(() => clusterOf(london.operator));
});
