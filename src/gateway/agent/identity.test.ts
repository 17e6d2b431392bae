import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aConfigMap } from '../../../test/gen/gen.js';
import { aCluster } from '../../../test/gen/pki.js';
import { ownNames } from '../../api/names.js';
import { encodeIdentity, type Identity } from '../../protocol/identity.js';
import { createIdentityReader } from './identity.js';

test('read() gives who we are, and keeps it while the ConfigMap is missing or broken', async () => {
  const clock = fakeClock();
  const { authority } = await aCluster('paris', { now: new Date(clock.now()) });
  const own: Identity = {
    ...{ cluster: 'paris', uid: 'uid-paris', caBundle: authority.ca },
    addresses: [{ host: '203.0.113.7', port: 4143 }],
  };
  const reader = createIdentityReader(clock);
  assert.equal(reader.read(undefined), undefined);
  assert.match(reader.problems().join(), /service-mirror-identity is missing/);
  const good = aConfigMap(ownNames.identity, encodeIdentity(own));
  assert.deepEqual(reader.read(good), own);
  assert.deepEqual(reader.problems(), []);
  assert.deepEqual(reader.read(aConfigMap(ownNames.identity, { ...good.data, protocol: '1' })), own);
  assert.match(reader.problems().join(), /protocol/);
  assert.deepEqual(reader.read(undefined), own);
  assert.match(reader.problems().join(), /missing/);
});
