import { BundleError, readBundle } from '../../pki/bundle.js';
import { givenIn, givenProblems, joinBundles } from '../../pki/given.js';
import { roles } from '../../pki/profile.js';
import { ownNames } from '../../api/names.js';
import { leafSecrets, type CertificatesOptions, type Kept } from './certificates.js';

/**
 * Certificates that cert-manager, SPIRE or somebody else keeps: the operator makes and writes nothing. It publishes
 * the CAs of both gateways together, and those in `ca.crt` of the CA's Secret, if there is one: while a root is
 * replaced, issuers write only the CA that signs.
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
    const besides = given(ownNames.ca)['ca.crt'] ?? '';
    const problem = besides === '' ? undefined : problemOf(besides, now);
    if (problem !== undefined) return { kind: 'bad', secret: ownNames.ca, message: problem };
    const bundles = (['ingress', 'egress'] as const).map((role) => given(leafSecrets[role])['ca.crt'] ?? '');
    return { kind: 'good', bundle: joinBundles(besides === '' ? bundles : [...bundles, besides]) };
  };
}

/** The problem of additional CAs. It is no problem if all of them have expired, because nobody needs them then. */
function problemOf(pem: string, now: Date): string | undefined {
  try {
    readBundle(pem, now);
    return undefined;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return error.fault === 'Expired'
      ? undefined
      : `ca.crt: ${error.message}; put CAs there that peers shall trust besides the issuer's, or delete the Secret`;
  }
}
