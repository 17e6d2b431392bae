import { givenIn, givenProblems, joinBundles } from '../gateway/mtls/given.js';
import { roles } from '../gateway/mtls/profile.js';
import { leafSecrets, type CertificatesOptions, type Kept } from './certificates.js';

/**
 * Certificates that others keep (cert-manager, SPIRE): nothing is made and nothing written. The CAs of the two gateways
 * together are what peers are told.
 */
export function externalCertificates({
  caches,
  self,
}: Pick<CertificatesOptions, 'caches' | 'self'>): (now: Date) => Promise<Kept> {
  const given = (name: string) => givenIn(caches.secrets.get(`${self.namespace}/${name}`)?.data);
  return async (now) => {
    for (const role of roles) {
      const secret = leafSecrets[role];
      const problems = givenProblems(given(secret), role, { cluster: self.cluster, now });
      if (problems.length > 0) return { kind: 'bad', secret, message: problems.join('; ') };
    }
    const bundles = (['ingress', 'egress'] as const).map((role) => given(leafSecrets[role])['ca.crt'] ?? '');
    return { kind: 'good', bundle: joinBundles(bundles) };
  };
}
