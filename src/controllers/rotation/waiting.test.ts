import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap, aLink, exportOnly, spec } from '../../../test/gen/gen.js';
import { aRemote, aWorld } from '../../../test/gen/cluster.js';
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
import { encodeHeard } from '../../protocol/trustreport.js';
import { rotationKeys } from '../../pki/casecret.js';
import { encodeIdentity } from '../../protocol/identity.js';
import { publishedAtLeast } from '../../pki/rotation.js';

describe('reconcileRotation()', () => {
  it('waits for a peer that is called, and says so on its Link and the Secret', async () => {
    const { world, look } = await asked(pinned());
    accept(world, 'something');
    await world.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(world), 'published');
    assert.equal(followed(world)?.reason, 'RotationWaiting');
    assert.match(followed(world)?.message ?? '', /"paris-1" does not accept.*spec\.peer\.caBundle/);
    assert.equal(world.told.at(-1), 'Warning RotationWaiting');
    const told = world.told.length;
    await look();
    assert.equal(world.told.length, told);

    accept(world, ...prints(caSecretIn(world).next!.cert));
    await look();
    assert.equal(phaseIn(world), 'settling');
    assert.equal(followed(world), undefined);
  });

  it('waits for a peer that is served on though its cluster has come to call itself otherwise', async () => {
    const world = aWorld(aLink('paris'));
    const calls = (cluster: string) => {
      const { ca: caBundle } = paris.authority;
      const said = encodeIdentity({ cluster, uid: 'uid-paris', caBundle, addresses: [] });
      world.remotes.clusters.set('paris', aRemote({ identity: aConfigMap(ownNames.identity, said) }));
      world.book.invalidate();
    };
    calls('paris-1');
    const look = looks(world);
    await look();
    calls('berlin-1');
    const verdict = world.book.peer('paris');
    assert.equal(verdict?.kind === 'problem' && verdict.kept?.cluster, 'paris-1');
    annotate(world, { [rotationKeys.rotate]: '1' });
    await look();
    accept(world, 'something');
    await world.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(world), 'published');
    assert.match(followed(world)?.message ?? '', /"paris-1" does not accept/);
  });

  it('waits for a peer that only calls until its callers say that they trust the next CA', async () => {
    const { world, look } = await asked(
      aLink('paris', exportOnly, spec({ peer: { cluster: 'paris-1', caBundle: paris.authority.ca } })),
    );
    await world.clock.advance(publishedAtLeast);
    await look();
    assert.match(followed(world)?.message ?? '', /has not called lately/);
    const object = world.caches.configMaps.get(`service-mirror/${ownNames.callers}`);
    assert.ok(object, 'there is nowhere to write what is heard');
    const heard = (beat: number, ...trusted: string[]) =>
      world.put({
        ...object,
        data: { 'ingress-1': encodeHeard(new Map([['paris', trusted]]), beat) },
      } as typeof object);
    heard(1, ...prints(caSecretIn(world).signing.cert));
    await look();
    assert.equal(phaseIn(world), 'published');
    heard(2, ...prints(caSecretIn(world).signing.ca));
    await look();
    assert.equal(phaseIn(world), 'settling');
    assert.deepEqual(data(world, ownNames.callers) ?? {}, {});
  });

  it('leaves ConfigMap service-mirror-callers alone when it has lost its label, says what to do, and goes on when it is back', async () => {
    const { world, look } = await asked(
      aLink('paris', exportOnly, spec({ peer: { cluster: 'paris-1', caBundle: paris.authority.ca } })),
    );
    const trusting = encodeHeard(new Map([['paris', prints(caSecretIn(world).next!.cert)]]), 1);
    const taken = aConfigMap(ownNames.callers, { 'ingress-1': trusting });
    world.put(taken);
    world.told.length = 0;
    await world.clock.advance(publishedAtLeast);
    for (const _ of ['first', 'second'])
      await assert.rejects(
        look,
        /ConfigMap service-mirror\/service-mirror-callers lacks the label .* kubectl label /,
      );
    assert.deepEqual(world.told, ['Warning NotManaged']);
    assert.equal(phaseIn(world), 'published');
    assert.match(followed(world)?.message ?? '', /"paris-1" only calls.*Event NotManaged/);
    assert.equal(published(world).next, undefined, 'ingress gateways would write into it');
    assert.deepEqual(data(world, ownNames.callers), taken.data);

    const labels = { [keys.managedBy]: managedBy };
    world.put({ ...taken, metadata: { ...taken.metadata, labels } });
    await look();
    assert.equal(phaseIn(world), 'settling');
    assert.deepEqual(data(world, ownNames.callers) ?? {}, {});
  });

  it('goes on with a rotation that waits for nobody while ConfigMap service-mirror-callers is not ours', async () => {
    const { world, look } = await asked();
    world.put(aConfigMap(ownNames.callers, { theirs: 'x' }));
    await world.clock.advance(publishedAtLeast);
    await assert.rejects(look, /lacks the label/);
    assert.equal(phaseIn(world), 'settling');
    assert.deepEqual(data(world, ownNames.callers), { theirs: 'x' });
  });

  it('takes no answer for a no while egress gateways have not been asked', async () => {
    const { world, look } = await asked(pinned());
    accept(world, ...prints(caSecretIn(world).next!.cert));
    world.gateways = { egress: { ...world.gateways.egress, settled: false } };
    await world.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(world), 'published');
  });
});
