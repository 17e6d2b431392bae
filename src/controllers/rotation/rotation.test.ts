import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { aSecret } from '../../../test/gen/gen.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
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
    const fake = aFakeCluster(pinned());
    await looks(fake)();
    assert.equal(phaseIn(fake), 'steady');
    assert.deepEqual(fake.told, []);
    assert.equal(followed(fake), undefined);
  });

  it('leads a CA through its rotation: published, signing, alone', async () => {
    const { fake, look, before } = await asked();
    const { next, signing } = caSecretIn(fake);
    assert.equal(phaseIn(fake), 'published');
    assert.equal(signing.key, before.signing.key);
    const [fresh] = prints(next!.cert);
    assert.deepEqual(prints(published(fake).caBundle), [fresh, ...prints(before.signing.cert)]);
    assert.equal(published(fake).next, fresh);

    await fake.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(fake), 'settling');
    assert.equal(published(fake).next, undefined);
    for (const name of [ownNames.ingressTls, ownNames.egressTls, ownNames.operatorTls]) {
      const held = fake.caches.secrets.get(`service-mirror/${name}`)?.data ?? {};
      const leaf = new X509Certificate(Buffer.from(held['tls.crt'] ?? '', 'base64'));
      assert.ok(leaf.verify(new X509Certificate(next!.cert).publicKey), name);
      assert.equal(prints(Buffer.from(held['ca.crt'] ?? '', 'base64').toString()).length, 2, name);
    }

    await fake.clock.advance(settleTime);
    await look();
    assert.equal(phaseIn(fake), 'steady');
    assert.deepEqual(prints(published(fake).caBundle), [fresh]);
    assert.deepEqual(fake.told, [
      'Normal RotationPublished',
      'Normal RotationSigning',
      'Normal RotationDone',
    ]);
    assert.deepEqual(Object.keys(secretIn(fake).data ?? {}).toSorted(), ['ca.crt', 'tls.crt', 'tls.key']);
  });

  it('goes on where a leader before it stopped, at every step', async () => {
    const { fake } = await asked();
    const { next } = caSecretIn(fake);
    await looks(fake.restarted())();
    assert.deepEqual(caSecretIn(fake).next, next);
    await fake.clock.advance(publishedAtLeast);
    await looks(fake.restarted())();
    assert.equal(caSecretIn(fake).signing.key, next!.key);
    await looks(fake.restarted())();
    assert.equal(phaseIn(fake), 'settling');
    await fake.clock.advance(settleTime);
    await looks(fake.restarted())();
    assert.equal(phaseIn(fake), 'steady');
    fake.written();
    await looks(fake.restarted())();
    assert.equal(caSecretIn(fake).signing.key, next!.key);
  });

  it('waits for nobody by force, once for each time it is asked', async () => {
    const { fake, look } = await asked(pinned());
    annotate(fake, { [rotationKeys.force]: 'a' });
    await look();
    assert.equal(phaseIn(fake), 'settling');
    annotate(fake, { [rotationKeys.force]: 'b' });
    await look();
    assert.equal(phaseIn(fake), 'steady');
  });

  it('does not keep a force for a rotation that is not asked for yet', async () => {
    const fake = aFakeCluster(pinned());
    const look = looks(fake);
    await look();
    annotate(fake, { [rotationKeys.force]: 'a' });
    await look();
    annotate(fake, { [rotationKeys.rotate]: '1' });
    await look();
    assert.equal(phaseIn(fake), 'published');
  });

  it('acts once on a request, and again on the next', async () => {
    const { fake, look } = await asked();
    for (const value of ['a', 'b']) {
      annotate(fake, { [rotationKeys.force]: value });
      await look();
    }
    assert.equal(phaseIn(fake), 'steady');
    const { key } = caSecretIn(fake).signing;
    await look();
    assert.equal(caSecretIn(fake).signing.key, key);
    annotate(fake, { [rotationKeys.rotate]: '2' });
    await look();
    assert.equal(phaseIn(fake), 'published');
  });

  it('leaves a CA alone that others have put there, and says what to do', async () => {
    const { cert, key, ca } = paris.authority;
    const given = aSecret(ownNames.ca, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
    const { fake } = await asked(given);
    assert.equal(phaseIn(fake), 'steady');
    assert.deepEqual(caSecretIn(fake).signing, paris.authority);
    assert.deepEqual(fake.told, ['Warning RotationRefused']);
  });
});
