import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster, leavesOf } from '../../test/gen/pki.js';
import { createUsableIdentity } from './identity.js';

const london = await aCluster('london');
const broken = { ...london.egress, key: london.ingress.key };

test('a certificate that cannot be used does not take the place of the one before', async () => {
  const usable = createUsableIdentity();
  assert.throws(() => usable(broken), /our own certificate or key cannot be used/, 'there is none before');
  assert.deepEqual(usable(london.egress), { identity: london.egress, missing: [] });
  const { identity, missing } = usable(broken);
  assert.equal(identity, london.egress);
  assert.deepEqual(
    missing.map(({ kind, reason }) => `${kind} ${reason}`),
    ['certificate CertificateUnusable'],
  );
  const renewed = (await leavesOf('london', london.authority)).egress;
  assert.deepEqual(usable(renewed), { identity: renewed, missing: [] });
});
