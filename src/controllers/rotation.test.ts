import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  aConfigMap,
  aLink,
  anEgressPod,
  aReport,
  aSecret,
  exportOnly,
  someFacts,
  spec,
} from '../../test/gen.js';
import { aCluster } from '../../test/pki.js';
import { aRemote, aWorld, type World } from '../../test/world.js';
import { conditionOf } from '../api/conditions.js';
import { keys, managedBy, ownNames } from '../api/names.js';
import type { Link } from '../api/link.js';
import type { Secret } from '../api/objects.js';
import { encodeHeard } from '../gateway/heard.js';
import { fingerprintOf, readCertificates } from '../gateway/mtls/bundle.js';
import { decodeCustody, rotationKeys } from '../gateway/mtls/custody.js';
import { decodeIdentity, encodeIdentity } from '../gateway/mtls/identity.js';
import { phaseOf, publishedAtLeast, settleTime } from '../gateway/mtls/rotation.js';
import { silent } from '../runtime/log.js';
import { createAdvertised } from './advertised.js';
import { reconcileGateway } from './gateway.js';
import { reconcileRotation } from './rotation.js';

const paris = await aCluster('paris-1', { now: new Date('2026-01-01T00:00:00Z') });
const pinned = (...changes: Parameters<typeof spec>[]): Link =>
  aLink(
    'paris',
    spec({
      peer: { cluster: 'paris-1', caBundle: paris.authority.ca },
      gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }] },
    }),
    ...changes.map(([change]) => spec(change)),
  );

const secretIn = (world: World) =>
  world.caches.secrets.get(`service-mirror/${ownNames.ca}`) as Readonly<Secret>;
const custodyIn = (world: World) => decodeCustody(secretIn(world))!;
const phaseIn = (world: World) => phaseOf(custodyIn(world));
const prints = (pem: string) => readCertificates(pem).map(fingerprintOf);
const data = (world: World, name: string) => world.caches.configMaps.get(`service-mirror/${name}`)?.data;
const published = (world: World) => {
  const read = decodeIdentity(data(world, ownNames.identity), new Date(world.clock.now()));
  assert.ok('value' in read);
  return read.value;
};
const followed = (world: World) => conditionOf(world.caches.links.get('paris'), 'RotationFollowed');

/** Both controllers of certificates, until they have nothing more to do. */
function looks(world: World): () => Promise<void> {
  const [gateway, rotation] = [
    reconcileGateway({
      ...world,
      log: silent,
      advertised: createAdvertised({ ...world, log: silent, fixed: [], onChange: () => {} }),
    }),
    reconcileRotation({ ...world, log: silent }),
  ];
  return async () => {
    for (;;) {
      world.written();
      await gateway();
      await rotation();
      if (world.written().length === 0) return;
    }
  };
}

function annotate(world: World, annotations: Record<string, string>): void {
  const secret = secretIn(world);
  const { metadata } = secret;
  world.put({
    ...secret,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
  });
}

function accept(world: World, ...caFingerprints: string[]): void {
  const report = aReport();
  const said = { ...report, peer: { ...report.peer!, caFingerprints } };
  world.gateways = someFacts([anEgressPod('egress-1', { report: said })]);
}

/** A cluster whose CA is asked to be rotated. */
async function asked(...objects: Parameters<typeof aWorld>) {
  const world = aWorld(...objects);
  const look = looks(world);
  await look();
  const before = custodyIn(world);
  annotate(world, { [rotationKeys.rotate]: '1' });
  await look();
  return { world, look, before };
}

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
    const { next, signing } = custodyIn(world);
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

    accept(world, ...prints(custodyIn(world).next!.cert));
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
    heard(1, ...prints(custodyIn(world).signing.cert));
    await look();
    assert.equal(phaseIn(world), 'published');
    heard(2, ...prints(custodyIn(world).signing.ca));
    await look();
    assert.equal(phaseIn(world), 'settling');
    assert.deepEqual(data(world, ownNames.callers) ?? {}, {});
  });

  it('leaves ConfigMap service-mirror-callers alone when it has lost its label, says what to do, and goes on when it is back', async () => {
    const { world, look } = await asked(
      aLink('paris', exportOnly, spec({ peer: { cluster: 'paris-1', caBundle: paris.authority.ca } })),
    );
    const trusting = encodeHeard(new Map([['paris', prints(custodyIn(world).next!.cert)]]), 1);
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
    accept(world, ...prints(custodyIn(world).next!.cert));
    world.gateways = { egress: { ...world.gateways.egress, settled: false } };
    await world.clock.advance(publishedAtLeast);
    await look();
    assert.equal(phaseIn(world), 'published');
  });

  it('goes on where a leader before it stopped, at every step', async () => {
    const { world } = await asked();
    const { next } = custodyIn(world);
    await looks(world.restarted())();
    assert.deepEqual(custodyIn(world).next, next);
    await world.clock.advance(publishedAtLeast);
    await looks(world.restarted())();
    assert.equal(custodyIn(world).signing.key, next!.key);
    await looks(world.restarted())();
    assert.equal(phaseIn(world), 'settling');
    await world.clock.advance(settleTime);
    await looks(world.restarted())();
    assert.equal(phaseIn(world), 'steady');
    world.written();
    await looks(world.restarted())();
    assert.equal(custodyIn(world).signing.key, next!.key);
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
    const { key } = custodyIn(world).signing;
    await look();
    assert.equal(custodyIn(world).signing.key, key);
    annotate(world, { [rotationKeys.rotate]: '2' });
    await look();
    assert.equal(phaseIn(world), 'published');
  });

  it('leaves a CA alone that others have put there, and says what to do', async () => {
    const { cert, key, ca } = paris.authority;
    const given = aSecret(ownNames.ca, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
    const { world } = await asked(given);
    assert.equal(phaseIn(world), 'steady');
    assert.deepEqual(custodyIn(world).signing, paris.authority);
    assert.deepEqual(world.told, ['Warning RotationRefused']);
  });
});
