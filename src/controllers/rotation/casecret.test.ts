import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSecret, labelled } from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import { decodeCaSecret, rotationKeys } from '../../pki/casecret.js';
import { writeCaSecret } from './casecret.js';

const parts = { 'tls.crt': 'cert', 'tls.key': 'key', 'ca.crt': 'ca' };
const signing = { cert: 'cert', key: 'key', ca: 'ca' };
const caSecret = { signing, next: { cert: 'next', key: 'its key' }, since: Date.UTC(2026, 0, 1) };
const ours = labelled({ [keys.managedBy]: managedBy });
const held = (fake: FakeCluster) =>
  fake.caches.secrets.get(`service-mirror/${ownNames.ca}`) as Readonly<Secret>;

describe('writeCustody()', () => {
  it('writes the phase on what was read, and keeps what has been acted on', async () => {
    const fake = aFakeCluster(aSecret(ownNames.ca, parts, ours));
    const seen = { [rotationKeys.rotated]: '1' };
    assert.equal(await writeCaSecret(fake.applier, held(fake), { caSecret, seen }), 'updated');
    assert.deepEqual(decodeCaSecret(held(fake)), caSecret);
    assert.equal(
      await writeCaSecret(fake.applier, held(fake), { caSecret: { signing }, seen: {} }),
      'updated',
    );
    assert.deepEqual(decodeCaSecret(held(fake)), { signing });
    assert.equal(held(fake).metadata.annotations?.[rotationKeys.rotated], '1');
  });

  it('fails when somebody else has written it since', async () => {
    const fake = aFakeCluster(aSecret(ownNames.ca, parts, ours));
    const read = held(fake);
    fake.put(read);
    await assert.rejects(writeCaSecret(fake.applier, read, { caSecret, seen: {} }), { status: 409 });
  });

  it('leaves a Secret alone that is not ours', async () => {
    const fake = aFakeCluster(aSecret(ownNames.ca, parts));
    assert.equal(await writeCaSecret(fake.applier, held(fake), { caSecret, seen: {} }), 'foreign');
  });
});
