import { keys, managedBy, ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import { secrets } from '../../api/resources.js';
import { createAuthority, issueLeaf } from '../../pki/ca.js';
import { judgedBundle } from '../../pki/bundle.js';
import { decodeCaSecret } from '../../pki/casecret.js';
import { joinBundles } from '../../pki/given.js';
import { roles, type CertificateSource, type LeafRole } from '../../pki/profile.js';
import { authorityDue, dueLeaves, nextRenewal, type AuthorityDue } from '../../pki/renewal.js';
import { fingerprintIn, phaseOf } from '../../pki/rotation.js';
import { decodeKeyPair, encodeKeyPair, type KeyPair } from '../../pki/keypair.js';
import type { Applier, ApplyResult } from '../../runtime/apply.js';
import type { Log } from '../../runtime/log.js';
import type { LocalCaches, Self } from '../caches.js';
import type { Cache } from '../../runtime/cache.js';

/** The Secret of each role's leaf. */
export const leafSecrets: Readonly<Record<LeafRole, string>> = {
  ingress: ownNames.ingressTls,
  egress: ownNames.egressTls,
  operator: ownNames.operatorTls,
};

/** The result of a reconcile of certificates. */
export type Kept =
  /** All is well. `next`: fingerprint of the CA that will sign next; `renewAt` in milliseconds since 1970. */
  | {
      readonly kind: 'good';
      readonly bundle: string;
      readonly next?: string | undefined;
      readonly renewAt?: number | undefined;
    }
  /** A CA was made; the change of its Secret wakes the controller again. */
  | { readonly kind: 'made' }
  /** The problem of a Secret, and its fix; the Secret's last good content stays in force. */
  | { readonly kind: 'bad'; readonly secret: string; readonly message: string };

/** The dependencies. */
export interface CertificatesOptions {
  readonly caches: LocalCaches;
  readonly applier: Applier;
  readonly self: Self;
  readonly log: Log;
  /** @default 'own' */
  readonly certificates?: CertificateSource;
}

/** The fix while nobody has given a CA. */
const notGiven =
  'it does not exist: put tls.crt, tls.key and ca.crt of a CA there, or start without --certificates given to have one made';

/** The fix for a CA that cannot sign. */
const mended: Readonly<Record<Exclude<AuthorityDue, 'Absent'>, string>> = {
  Broken:
    'tls.crt, tls.key or ca.crt is missing or cannot be read, or tls.key is not the key of tls.crt: put a CA certificate and its key there, or delete it to have a new one made, which every peer must then learn',
  NotCa: 'tls.crt is not a CA: put the certificate of a CA there',
  Expired: 'tls.crt has expired: put a renewed CA certificate there, or run rotate-ca --force',
  NotUnderBundle:
    'tls.crt leads to no CA of ca.crt: put the root into ca.crt, and the intermediate certificates after the first in tls.crt',
};

const notOurs =
  'it was put there by others, does not stand under the CA of this cluster or is due, and is left alone: delete it, or start with --certificates external';

/** Keeps our own CA and the leaves under it: makes missing ones, and renews old ones. */
export function ownCertificates(options: CertificatesOptions): (now: Date) => Promise<Kept> {
  const { caches, applier, self, log, certificates = 'own' } = options;
  const read = (name: string) => caches.secrets.get(`${self.namespace}/${name}`);
  const heldPair = (name: string) => decodeKeyPair(read(name)?.data);

  function secretOf(name: string, type: string, pair: KeyPair): Secret {
    const labels = { [keys.managedBy]: managedBy };
    const metadata = { name, namespace: self.namespace, labels };
    return { apiVersion: 'v1', kind: 'Secret', metadata, type, data: encodeKeyPair(pair) };
  }

  function writePair(name: string, pair: KeyPair): Promise<ApplyResult> {
    return applier.own(secrets, secretOf(name, 'kubernetes.io/tls', pair), read(name), 'self');
  }

  /** Never replaces a CA that the cache does not show yet: every peer trusts it. */
  async function makeAuthority(now: Date): Promise<void> {
    const authority = await createAuthority(self.cluster, { now });
    const result = await applier.once(secrets, secretOf(ownNames.ca, 'Opaque', authority));
    if (result === 'created')
      log.info('made a certificate authority for this cluster', { cluster: self.cluster });
  }

  return async (now) => {
    const authority = heldPair(ownNames.ca);
    const problem =
      read(ownNames.ca) !== undefined && authority === undefined ? 'Broken' : authorityDue(authority, now);
    if (problem === 'Absent') {
      if (certificates === 'given') return { kind: 'bad', secret: ownNames.ca, message: notGiven };
      await makeAuthority(now);
      return { kind: 'made' };
    }
    if (problem !== undefined || authority === undefined) {
      const fix = bundleProblem(authority?.ca ?? '', now) ?? mended[problem ?? 'Broken'];
      return { kind: 'bad', secret: ownNames.ca, message: `cannot sign (${problem ?? 'Broken'}): ${fix}` };
    }
    const leaves = Object.fromEntries(roles.map((role) => [role, heldPair(leafSecrets[role])] as const));
    const foreign: string[] = [];
    for (const [role, reason] of dueLeaves({ authority, leaves }, { cluster: self.cluster, now })) {
      const leaf = leaves[role];
      const fresh =
        reason === 'StaleBundle' && leaf !== undefined
          ? { ...leaf, ca: authority.ca }
          : await issueLeaf(authority, role, { cluster: self.cluster, now });
      const result = await writePair(leafSecrets[role], fresh);
      if (result === 'foreign') foreign.push(leafSecrets[role]);
      else log.info('issued a certificate', { role, reason });
    }
    const [secret] = foreign;
    if (secret !== undefined) return { kind: 'bad', secret, message: notOurs };
    const renewAt = nextRenewal(leaves)?.getTime() ?? 0;
    return { kind: 'good', bundle: joinBundles([authority.ca]), next: nextOf(read(ownNames.ca)), renewAt };
  };
}

/** The problem of `ca.crt` itself; undefined: it is absent or good. */
function bundleProblem(pem: string, now: Date): string | undefined {
  try {
    if (pem !== '') judgedBundle(pem, now);
    return undefined;
  } catch (error) {
    return `ca.crt: ${(error as Error).message}`;
  }
}

/** The CA that will sign next, while the rotation waits for peers that do not trust it yet. */
function nextOf(secret: Readonly<Secret> | undefined): string | undefined {
  const caSecret = decodeCaSecret(secret);
  if (caSecret?.next === undefined || phaseOf(caSecret) !== 'published') return undefined;
  return fingerprintIn(caSecret.next.cert);
}

/** Reads a leaf from its Secret and decodes each version once: the same certificate is the same object. */
export function leafReader(secrets: Cache<Secret>, key: string): () => KeyPair | undefined {
  let from: Readonly<Secret> | undefined;
  let pair: KeyPair | undefined;
  return () => {
    const secret = secrets.get(key);
    if (secret !== from) {
      from = secret;
      pair = decodeKeyPair(secret?.data);
    }
    return pair;
  };
}
