import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { aSecret } from '../../../test/gen/gen.js';
import { aWorld } from '../../../test/gen/cluster.js';
import {
  paris,
  pinned,
  secretIn,
  caSecretIn,
  phaseIn,
  prints,
  published,
  followed,
  looks,
  annotate,
  asked,
} from '../../../test/gen/rotating.js';
import { ownNames } from '../../api/names.js';
import { rotationKeys } from '../../pki/casecret.js';
import { publishedAtLeast, settleTime } from '../../pki/rotation.js';

describe('reconcileRotation()', () => {
  it('does nothing unasked', async () => {
    const world = aWorld(pinned());
    await looks(world)();
    assert.equal(phaseIn(world), 'steady');
    assert.deepEqual(world.told, []);
    assert.equal(followed(world), undefined);
  });

  it('leads a CA through its rotation: published, signing, alone', async () => {
    const { world, look, before } = await asked();
    const { next, signing } = caSecretIn(world);
    assert.equal(phaseIn(world), 'published');
    assert.equal(signing.key, before.signing.key);
    const [fresh] = prints(next!.cert);
    assert.deepEqual(prints(published(world).caBundle), [fresh, ...prints(before.signing.cert)]);
    assert.equal(published(world).next, fresh);

    await world.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(world), 'settling');
    assert.equal(published(world).next, undefined);
    for (const name of [ownNames.ingressTls, ownNames.egressTls, ownNames.operatorTls]) {
      const held = world.caches.secrets.get(`service-mirror/${name}`)?.data ?? {};
      const leaf = new X509Certificate(Buffer.from(held['tls.crt'] ?? '', 'base64'));
      assert.ok(leaf.verify(new X509Certificate(next!.cert).publicKey), name);
      assert.equal(prints(Buffer.from(held['ca.crt'] ?? '', 'base64').toString()).length, 2, name);
    }

    await world.clock.advance(settleTime);
    await look();
    assert.equal(phaseIn(world), 'steady');
    assert.deepEqual(prints(published(world).caBundle), [fresh]);
    assert.deepEqual(world.told, [
      'Normal RotationPublished',
      'Normal RotationSigning',
      'Normal RotationDone',
    ]);
    assert.deepEqual(Object.keys(secretIn(world).data ?? {}).toSorted(), ['ca.crt', 'tls.crt', 'tls.key']);
  });

  it('goes on where a leader before it stopped, at every step', async () => {
    const { world } = await asked();
    const { next } = caSecretIn(world);
    await looks(world.restarted())();
    assert.deepEqual(caSecretIn(world).next, next);
    await world.clock.advance(publishedAtLeast);
    await looks(world.restarted())();
    assert.equal(caSecretIn(world).signing.key, next!.key);
    await looks(world.restarted())();
    assert.equal(phaseIn(world), 'settling');
    await world.clock.advance(settleTime);
    await looks(world.restarted())();
    assert.equal(phaseIn(world), 'steady');
    world.written();
    await looks(world.restarted())();
    assert.equal(caSecretIn(world).signing.key, next!.key);
  });

  it('waits for nobody by force, once for each time it is asked', async () => {
    const { world, look } = await asked(pinned());
    annotate(world, { [rotationKeys.force]: 'a' });
    await look();
    assert.equal(phaseIn(world), 'settling');
    annotate(world, { [rotationKeys.force]: 'b' });
    await look();
    assert.equal(phaseIn(world), 'steady');
  });

  it('does not keep a force for a rotation that is not asked for yet', async () => {
    const world = aWorld(pinned());
    const look = looks(world);
    await look();
    annotate(world, { [rotationKeys.force]: 'a' });
    await look();
    annotate(world, { [rotationKeys.rotate]: '1' });
    await look();
    assert.equal(phaseIn(world), 'published');
  });

  it('acts once on a request, and again on the next', async () => {
    const { world, look } = await asked();
    for (const value of ['a', 'b']) {
      annotate(world, { [rotationKeys.force]: value });
      await look();
    }
    assert.equal(phaseIn(world), 'steady');
    const { key } = caSecretIn(world).signing;
    await look();
    assert.equal(caSecretIn(world).signing.key, key);
    annotate(world, { [rotationKeys.rotate]: '2' });
    await look();
    assert.equal(phaseIn(world), 'published');
  });

  it('leaves a CA alone that others have put there, and says what to do', async () => {
    const { cert, key, ca } = paris.authority;
    const given = aSecret(ownNames.ca, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
    const { world } = await asked(given);
    assert.equal(phaseIn(world), 'steady');
    assert.deepEqual(caSecretIn(world).signing, paris.authority);
    assert.deepEqual(world.told, ['Warning RotationRefused']);
  });
});
