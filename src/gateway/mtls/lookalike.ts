import type { X509Certificate } from 'node:crypto';
import { canonicalSubject } from './subject.js';

/**
 * A CA that could be taken for one of the others though its key is another, since it has the same subject. By that OpenSSL
 * chooses which CA to check a signature with (a key identifier only narrows the choice), so that such a CA in one store
 * with the real one keeps rightful peers out. Takes the CAs of `readBundle`, whose keys can be read.
 */
export function lookalike(
  cas: readonly X509Certificate[],
  others: readonly X509Certificate[],
): X509Certificate | undefined {
  const known = others.map(featuresOf);
  return cas.find((ca) => {
    const { key, subject } = featuresOf(ca);
    return known.some((other) => other.key !== key && other.subject === subject);
  });
}

interface Features {
  readonly key: string;
  readonly subject: string;
}

/** Each CA of a hundred peers is compared with all others; what to compare is taken from it once. */
const features = new WeakMap<X509Certificate, Features>();

function featuresOf(ca: X509Certificate): Features {
  const taken = features.get(ca);
  if (taken !== undefined) return taken;
  const key = ca.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const fresh = { key, subject: canonicalSubject(ca) };
  features.set(ca, fresh);
  return fresh;
}
