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
import { aFakeCluster, type FakeCluster } from './cluster.js';

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
export const secretIn = (fake: FakeCluster) =>
  fake.caches.secrets.get(`service-mirror/${ownNames.ca}`) as Readonly<Secret>;
/** What is in the CA's Secret. */
export const caSecretIn = (fake: FakeCluster) => decodeCaSecret(secretIn(fake))!;
/** How far the rotation is. */
export const phaseIn = (fake: FakeCluster) => phaseOf(caSecretIn(fake));
/** Fingerprints of the CAs of a bundle. */
export const prints = (pem: string) => readCertificates(pem).map(fingerprintOf);
/** The data of a ConfigMap of ours. */
export const data = (fake: FakeCluster, name: string) =>
  fake.caches.configMaps.get(`service-mirror/${name}`)?.data;
/** What we publish of ourselves. */
export const published = (fake: FakeCluster) => {
  const read = decodeIdentity(data(fake, ownNames.identity), new Date(fake.clock.now()));
  assert.ok('value' in read);
  return read.value;
};

/** What the Link's status says of the rotation. */
export const followed = (fake: FakeCluster) =>
  conditionOf(fake.caches.links.get('paris'), 'RotationFollowed');

/** Both controllers of certificates, until they have nothing more to do. */
export function looks(fake: FakeCluster): () => Promise<void> {
  const [gateway, rotation] = [
    reconcileGateway({
      ...fake,
      log: silent,
      advertised: createAdvertised({ ...fake, log: silent, fixed: [], onChange: () => {} }),
    }),
    reconcileRotation({ ...fake, log: silent }),
  ];
  return async () => {
    for (;;) {
      fake.written();
      await gateway();
      await rotation();
      if (fake.written().length === 0) return;
    }
  };
}

/** Annotates the CA's Secret, as who asks for something does. */
export function annotate(fake: FakeCluster, annotations: Record<string, string>): void {
  const secret = secretIn(fake);
  const { metadata } = secret;
  fake.put({
    ...secret,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
  });
}

/** Lets the peer say that it accepts these CAs. */
export function accept(fake: FakeCluster, ...caFingerprints: string[]): void {
  const report = aReport();
  const said = { ...report, peer: { ...report.peer!, caFingerprints } };
  fake.gateways = someFacts([anEgressPod('egress-1', { report: said })]);
}

/** A cluster whose CA is asked to be rotated. */
export async function asked(...objects: Parameters<typeof aFakeCluster>) {
  const fake = aFakeCluster(...objects);
  const look = looks(fake);
  await look();
  const before = caSecretIn(fake);
  annotate(fake, { [rotationKeys.rotate]: '1' });
  await look();
  return { fake, look, before };
}
