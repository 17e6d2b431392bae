import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { ownNames } from '../../../src/api/names.js';
import { peerChannelName } from '../../../src/protocol/serviceid.js';
import { fingerprintOf, readCertificates } from '../../../src/pki/bundle.js';
import { egressName } from '../../../src/pki/profile.js';
import type { KeyPair } from '../../../src/pki/keypair.js';
import { eventually } from '../../driver/eventually.js';
import { leafOf, ownNamespace } from '../../driver/cluster.js';
import { patience } from './story.js';
import type { CertifiedCluster } from './cluster.js';

/** Secret of each Certificate of examples/cert-manager/certificates.yaml. */
export const issued = {
  'service-mirror-ingress': ownNames.ingressTls,
  'service-mirror-egress': ownNames.egressTls,
  'service-mirror-operator': ownNames.operatorTls,
} as const;

/** Fingerprints of all certificates of a PEM text, in order of their digits. */
export function fingerprintsOf(pem: string): string[] {
  return readCertificates(pem).map(fingerprintOf).toSorted();
}

/** Fingerprints of the CAs that a cluster publishes of itself, in order of their digits. */
export async function published(cluster: CertifiedCluster): Promise<string[]> {
  return fingerprintsOf((await cluster.published()).caBundle);
}

/** Does what `cmctl renew` does: cert-manager takes a Certificate for due, and issues it anew. */
export async function renew(
  { kubectl }: CertifiedCluster,
  name: string,
  namespace = ownNamespace,
): Promise<void> {
  const value = {
    ...{ type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'renewed by hand' },
    lastTransitionTime: new Date().toISOString(),
  };
  const patch = JSON.stringify([{ op: 'add', path: '/status/conditions/-', value }]);
  const what = ['certificate', name, '-n', namespace, '--subresource=status'];
  await kubectl('patch', ...what, '--type=json', '-p', patch);
}

/** Renews all three, one after the other as a user would, and waits until the Secrets hold other certificates. */
export async function renewLeaves(cluster: CertifiedCluster): Promise<void> {
  for (const [name, secret] of Object.entries(issued)) {
    const before = await leafOf(cluster, secret);
    await renew(cluster, name);
    await eventually(
      async () =>
        assert.notEqual((await leafOf(cluster, secret)).cert, before.cert, `${name} is not renewed`),
      patience,
    );
  }
}

/** Waits until both gateways of a cluster show what their Secrets hold. */
export async function inForce(cluster: CertifiedCluster): Promise<void> {
  const { host, name } = cluster;
  const operator = await leafOf(cluster, ownNames.operatorTls);
  const servers = [
    { secret: ownNames.ingressTls, port: 4143, servername: peerChannelName(name) },
    { secret: ownNames.egressTls, port: 4192, servername: egressName(name) },
  ];
  for (const { secret, port, servername } of servers)
    await eventually(async () => {
      const [leaf] = readCertificates((await leafOf(cluster, secret)).cert);
      assert.equal(await shownBy({ host, port, servername }, operator), fingerprintOf(leaf!), secret);
    }, patience);
}

/** Fingerprint of the certificate that a server shows to one who comes with a leaf, let in or not. */
async function shownBy(
  { host, port, servername }: { host: string; port: number; servername: string },
  { cert, key, ca }: KeyPair,
): Promise<string> {
  const socket = connect({ host, port, servername, cert, key, ca });
  try {
    const shown = await new Promise<X509Certificate | undefined>((resolve, reject) => {
      socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate())).on('error', reject);
    });
    assert.ok(shown);
    return fingerprintOf(shown);
  } finally {
    socket.destroy();
  }
}
