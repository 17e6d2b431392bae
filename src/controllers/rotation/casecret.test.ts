import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSecret, labelled } from '../../../test/gen/gen.js';
import { aWorld, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import { decodeCaSecret, rotationKeys } from '../../pki/casecret.js';
import { writeCaSecret } from './casecret.js';

const parts = { 'tls.crt': 'cert', 'tls.key': 'key', 'ca.crt': 'ca' };
const signing = { cert: 'cert', key: 'key', ca: 'ca' };
const caSecret = { signing, next: { cert: 'next', key: 'its key' }, since: Date.UTC(2026, 0, 1) };
const ours = labelled({ [keys.managedBy]: managedBy });
const held = (world: FakeCluster) =>
  world.caches.secrets.get(`service-mirror/${ownNames.ca}`) as Readonly<Secret>;

describe('writeCustody()', () => {
  it('writes the phase on what was read, and keeps what has been acted on', async () => {
    const world = aWorld(aSecret(ownNames.ca, parts, ours));
    const seen = { [rotationKeys.rotated]: '1' };
    assert.equal(await writeCaSecret(world.applier, held(world), { caSecret, seen }), 'updated');
    assert.deepEqual(decodeCaSecret(held(world)), caSecret);
    assert.equal(
      await writeCaSecret(world.applier, held(world), { caSecret: { signing }, seen: {} }),
      'updated',
    );
    assert.deepEqual(decodeCaSecret(held(world)), { signing });
    assert.equal(held(world).metadata.annotations?.[rotationKeys.rotated], '1');
  });

  it('fails when somebody else has written it since', async () => {
    const world = aWorld(aSecret(ownNames.ca, parts, ours));
    const read = held(world);
    world.put(read);
    await assert.rejects(writeCaSecret(world.applier, read, { caSecret, seen: {} }), { status: 409 });
  });

  it('leaves a Secret alone that is not ours', async () => {
    const world = aWorld(aSecret(ownNames.ca, parts));
    assert.equal(await writeCaSecret(world.applier, held(world), { caSecret, seen: {} }), 'foreign');
  });
});
