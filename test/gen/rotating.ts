import assert from 'node:assert/strict';
import { conditionOf } from '../../src/api/conditions.js';
import { ownNames } from '../../src/api/names.js';
import type { Link } from '../../src/api/link.js';
import type { Secret } from '../../src/api/objects.js';
import { fingerprintOf, readCertificates } from '../../src/pki/bundle.js';
import { decodeCaSecret, rotationKeys } from '../../src/pki/casecret.js';
import { decodeIdentity } from '../../src/protocol/identity.js';
import { phaseOf } from '../../src/pki/rotation.js';
import { silent } from '../../src/runtime/log.js';
import { createAdvertised } from '../../src/controllers/gateway/advertised.js';
import { reconcileGateway } from '../../src/controllers/gateway/gateway.js';
import { reconcileRotation } from '../../src/controllers/rotation/rotation.js';
import { aLink, anEgressPod, aReport, someFacts, spec } from './gen.js';
import { aCluster } from './pki.js';
import { aWorld, type FakeCluster } from './cluster.js';

/** The certificates of the peer. */
export const paris = await aCluster('paris-1', { now: new Date('2026-01-01T00:00:00Z') });
/** A Link whose peer is pinned, and called. */
export const pinned = (): Link =>
  aLink(
    'paris',
    spec({
      peer: { cluster: 'paris-1', caBundle: paris.authority.ca },
      gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }] },
    }),
  );

/** The CA's Secret. */
export const secretIn = (world: FakeCluster) =>
  world.caches.secrets.get(`service-mirror/${ownNames.ca}`) as Readonly<Secret>;
/** What is in the CA's Secret. */
export const caSecretIn = (world: FakeCluster) => decodeCaSecret(secretIn(world))!;
/** How far the rotation is. */
export const phaseIn = (world: FakeCluster) => phaseOf(caSecretIn(world));
/** Fingerprints of the CAs of a bundle. */
export const prints = (pem: string) => readCertificates(pem).map(fingerprintOf);
/** The data of a ConfigMap of ours. */
export const data = (world: FakeCluster, name: string) =>
  world.caches.configMaps.get(`service-mirror/${name}`)?.data;
/** What we publish of ourselves. */
export const published = (world: FakeCluster) => {
  const read = decodeIdentity(data(world, ownNames.identity), new Date(world.clock.now()));
  assert.ok('value' in read);
  return read.value;
};

/** What the Link's status says of the rotation. */
export const followed = (world: FakeCluster) =>
  conditionOf(world.caches.links.get('paris'), 'RotationFollowed');

/** Both controllers of certificates, until they have nothing more to do. */
export function looks(world: FakeCluster): () => Promise<void> {
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

/** Annotates the CA's Secret, as who asks for something does. */
export function annotate(world: FakeCluster, annotations: Record<string, string>): void {
  const secret = secretIn(world);
  const { metadata } = secret;
  world.put({
    ...secret,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
  });
}

/** Lets the peer say that it accepts these CAs. */
export function accept(world: FakeCluster, ...caFingerprints: string[]): void {
  const report = aReport();
  const said = { ...report, peer: { ...report.peer!, caFingerprints } };
  world.gateways = someFacts([anEgressPod('egress-1', { report: said })]);
}

/** A cluster whose CA is asked to be rotated. */
export async function asked(...objects: Parameters<typeof aWorld>) {
  const world = aWorld(...objects);
  const look = looks(world);
  await look();
  const before = caSecretIn(world);
  annotate(world, { [rotationKeys.rotate]: '1' });
  await look();
  return { world, look, before };
}
