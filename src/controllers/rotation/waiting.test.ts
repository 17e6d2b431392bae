import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap, aLink, exportOnly, spec } from '../../../test/gen/gen.js';
import { aRemote, aFakeCluster } from '../../../test/gen/cluster.js';
import {
  paris,
  pinned,
  caSecretIn,
  phaseIn,
  prints,
  data,
  published,
  followed,
  looks,
  annotate,
  accept,
  asked,
} from '../../../test/gen/rotating.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import { ApiError } from '../../runtime/errors.js';
import { encodeHeard } from '../../protocol/trustreport.js';
import { rotationKeys } from '../../pki/casecret.js';
import { encodeIdentity } from '../../protocol/identity.js';
import { publishedAtLeast } from '../../pki/rotation.js';

describe('reconcileRotation()', () => {
  it('waits for a peer that is called, and says so on its Link and the Secret', async () => {
    const { fake, look } = await asked(pinned());
    accept(fake, 'something');
    await fake.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(fake), 'published');
    assert.equal(followed(fake)?.reason, 'RotationWaiting');
    assert.match(followed(fake)?.message ?? '', /"paris-1" does not accept.*spec\.peer\.caBundle/);
    assert.equal(fake.told.at(-1), 'Warning RotationWaiting');
    const told = fake.told.length;
    await look();
    assert.equal(fake.told.length, told);

    accept(fake, ...prints(caSecretIn(fake).next!.cert));
    await look();
    assert.equal(phaseIn(fake), 'settling');
    assert.equal(followed(fake), undefined);
  });

  it('goes on though the API server refuses the status of a Link', async () => {
    const { fake, look } = await asked(pinned());
    fake.kube.beforeWrite = (write) => {
      if (write.startsWith('status')) throw new ApiError('policy "p" denies it', { status: 422 });
    };
    accept(fake, 'something');
    await look();
    assert.ok(fake.told.includes('Warning WriteRefused'), fake.told.join());
    accept(fake, ...prints(caSecretIn(fake).next!.cert));
    await fake.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(fake), 'settling');
  });

  it('waits for a peer that is served on though its cluster has come to call itself otherwise', async () => {
    const fake = aFakeCluster(aLink('paris'));
    const calls = (cluster: string) => {
      const { ca: caBundle } = paris.authority;
      const said = encodeIdentity({ cluster, uid: 'uid-paris', caBundle, addresses: [] });
      fake.remotes.clusters.set('paris', aRemote({ identity: aConfigMap(ownNames.identity, said) }));
      fake.registry.invalidate();
    };
    calls('paris-1');
    const look = looks(fake);
    await look();
    calls('berlin-1');
    const decision = fake.registry.peer('paris');
    assert.equal(decision?.kind === 'problem' && decision.kept?.cluster, 'paris-1');
    annotate(fake, { [rotationKeys.rotate]: '1' });
    await look();
    accept(fake, 'something');
    await fake.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(fake), 'published');
    assert.match(followed(fake)?.message ?? '', /"paris-1" does not accept/);
  });

  it('waits for a peer that only calls until its callers say that they trust the next CA', async () => {
    const { fake, look } = await asked(
      aLink('paris', exportOnly, spec({ peer: { cluster: 'paris-1', caBundle: paris.authority.ca } })),
    );
    await fake.clock.advance(publishedAtLeast);
    await look();
    assert.match(followed(fake)?.message ?? '', /has not called lately/);
    const object = fake.caches.configMaps.get(`service-mirror/${ownNames.callers}`);
    assert.ok(object, 'there is nowhere to write what is heard');
    const heard = (beat: number, ...trusted: string[]) =>
      fake.put({
        ...object,
        data: { 'ingress-1': encodeHeard(new Map([['paris', trusted]]), beat) },
      } as typeof object);
    heard(1, ...prints(caSecretIn(fake).signing.cert));
    await look();
    assert.equal(phaseIn(fake), 'published');
    heard(2, ...prints(caSecretIn(fake).signing.ca));
    await look();
    assert.equal(phaseIn(fake), 'settling');
    assert.deepEqual(data(fake, ownNames.callers) ?? {}, {});
  });

  it('leaves ConfigMap service-mirror-callers alone when it has lost its label, says what to do, and goes on when it is back', async () => {
    const { fake, look } = await asked(
      aLink('paris', exportOnly, spec({ peer: { cluster: 'paris-1', caBundle: paris.authority.ca } })),
    );
    const trusting = encodeHeard(new Map([['paris', prints(caSecretIn(fake).next!.cert)]]), 1);
    const taken = aConfigMap(ownNames.callers, { 'ingress-1': trusting });
    fake.put(taken);
    fake.told.length = 0;
    await fake.clock.advance(publishedAtLeast);
    for (const _ of ['first', 'second'])
      await assert.rejects(
        look,
        /ConfigMap service-mirror\/service-mirror-callers lacks the label .* kubectl label /,
      );
    assert.deepEqual(fake.told, ['Warning NotManaged']);
    assert.equal(phaseIn(fake), 'published');
    assert.match(followed(fake)?.message ?? '', /"paris-1" only calls.*Event NotManaged/);
    assert.equal(published(fake).next, undefined, 'ingress gateways would write into it');
    assert.deepEqual(data(fake, ownNames.callers), taken.data);

    const labels = { [keys.managedBy]: managedBy };
    fake.put({ ...taken, metadata: { ...taken.metadata, labels } });
    await look();
    assert.equal(phaseIn(fake), 'settling');
    assert.deepEqual(data(fake, ownNames.callers) ?? {}, {});
  });

  it('goes on with a rotation that waits for nobody while ConfigMap service-mirror-callers is not ours', async () => {
    const { fake, look } = await asked();
    fake.put(aConfigMap(ownNames.callers, { theirs: 'x' }));
    await fake.clock.advance(publishedAtLeast);
    await assert.rejects(look, /lacks the label/);
    assert.equal(phaseIn(fake), 'settling');
    assert.deepEqual(data(fake, ownNames.callers), { theirs: 'x' });
  });

  it('takes no answer for a no while egress gateways have not been asked', async () => {
    const { fake, look } = await asked(pinned());
    accept(fake, ...prints(caSecretIn(fake).next!.cert));
    fake.gateways = { egress: { ...fake.gateways.egress, complete: false } };
    await fake.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(fake), 'published');
  });
});
