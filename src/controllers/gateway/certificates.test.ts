import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSecret, epoch } from '../../../test/gen/gen.js';
import { aCluster, anIntermediate, aRoot } from '../../../test/gen/pki.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { ownNames } from '../../api/names.js';
import { givenProblems } from '../../pki/given.js';
import { decodeKeyPair, type KeyPair } from '../../pki/keypair.js';
import { silent } from '../../runtime/log.js';
import { leafSecrets, ownCertificates, leafReader } from './certificates.js';

const now = new Date(epoch);
const [london, other] = await Promise.all([aCluster('london', { now }), aCluster('london', { now })]);
const root = await aRoot(now);
const between = await anIntermediate(root, now);
const aCa = ({ cert, key, ca }: KeyPair) =>
  aSecret(ownNames.ca, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });

describe('ownCertificates()', () => {
  it('names a block in ca.crt that is no certificate, and publishes what was read anew', async () => {
    const { ca } = london.authority;
    const other = ca.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE');
    const bad = aFakeCluster(aCa({ ...london.authority, ca: ca + other }));
    const kept = await ownCertificates({ ...bad, log: silent })(now);
    assert.match(kept.kind === 'bad' ? kept.message : '', /ca\.crt: .*TRUSTED CERTIFICATE/);
    const spaced = aFakeCluster(aCa({ ...london.authority, ca: `# ours\n${ca.replaceAll('\n', '\n\n')}` }));
    const good = await ownCertificates({ ...spaced, log: silent })(now);
    assert.equal(good.kind === 'good' && good.bundle, ca);
  });

  it('issues leaves under an intermediate CA, with the chain that leads to the root', async () => {
    const fake = aFakeCluster(aCa(between));
    const keep = ownCertificates({ ...fake, log: silent });
    assert.equal((await keep(now)).kind, 'good');
    for (const role of ['ingress', 'egress', 'operator'] as const) {
      const { cert, key, ca } = decodeKeyPair(
        fake.caches.secrets.get(`service-mirror/${leafSecrets[role]}`)?.data,
      )!;
      const given = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca };
      assert.deepEqual(givenProblems(given, role, { cluster: 'london', now }), []);
      assert.equal(ca, root.ca);
    }
    fake.written();
    await keep(now);
    assert.deepEqual(fake.written(), []);
  });

  it('waits for a CA that is to be given, and makes none', async () => {
    const fake = aFakeCluster();
    const keep = ownCertificates({ ...fake, log: silent, certificates: 'given' });
    const kept = await keep(now);
    assert.match(kept.kind === 'bad' ? kept.message : '', /does not exist: put tls\.crt/);
    assert.deepEqual(fake.written(), []);
    fake.put(aCa(between));
    assert.equal((await keep(now)).kind, 'good');
  });

  const bad: Record<string, [KeyPair, RegExp]> = {
    'the key of another': [{ ...london.authority, key: other.authority.key }, /\(Broken\).*key of tls\.crt/],
    'a leaf': [london.egress, /\(NotCa\).*not a CA/],
    'a CA that its bundle does not verify': [
      { ...between, ca: other.authority.ca },
      /\(NotUnderBundle\).*put the root into ca\.crt/,
    ],
  };
  for (const [what, [authority, message]] of Object.entries(bad))
    it(`signs nothing with ${what}, and says what to do`, async () => {
      const fake = aFakeCluster(aCa(authority));
      const kept = await ownCertificates({ ...fake, log: silent })(now);
      assert.ok(kept.kind === 'bad');
      assert.match(kept.message, message);
      assert.deepEqual(fake.written(), []);
    });
});

const pair = (cert: string) => aSecret('leaf', { 'tls.crt': cert, 'tls.key': 'key', 'ca.crt': 'ca' });

it('leafReader() gives the same object for the same certificate, and follows the Secret', () => {
  const fake = aFakeCluster();
  const read = leafReader(fake.caches.secrets, 'service-mirror/leaf');
  assert.equal(read(), undefined);

  fake.put(pair('one'));
  const first = read();
  assert.deepEqual(first, { cert: 'one', key: 'key', ca: 'ca' });
  assert.equal(read(), first);

  fake.put(pair('two'));
  assert.equal(read()?.cert, 'two');

  fake.put(aSecret('leaf', { 'tls.crt': 'three' }));
  assert.equal(read(), undefined);

  fake.drop(pair('two'));
  assert.equal(read(), undefined);
});
