import { createHash, type X509Certificate } from 'node:crypto';
import { canonicalSubject } from '../mtls/subject.js';
import { subjectLine } from './identity.js';

/** A CA in a bundle, with the keys of all CAs there. */
interface Held {
  readonly ca: X509Certificate;
  readonly key: string;
  readonly keys: ReadonlySet<string>;
}

/**
 * The CAs that must not be trusted, since one of another bundle has the same name and another key: OpenSSL chooses a CA by
 * its name, and HAProxy tells a caller by nothing else. Of such namesakes the one stays whose name holds the hash of its
 * own key, as those that we make do. Bundles that hold the same keys under a name are not in each other's way.
 */
export function contestedCas(bundles: readonly (readonly X509Certificate[])[]): ReadonlySet<X509Certificate> {
  const held = bundles.flatMap(heldIn);
  // what HAProxy writes in one way may be two names to OpenSSL, and the reverse
  const groups = [subjectLine, canonicalSubject].flatMap((name) => [
    ...Map.groupBy(held, ({ ca }) => name(ca)).values(),
  ]);
  const contested = groups.flatMap((namesakes) =>
    namesakes.filter((one) => !bearsItsHash(one) && namesakes.some((other) => areRivals(one, other))),
  );
  return new Set(contested.map(({ ca }) => ca));
}

function heldIn(cas: readonly X509Certificate[]): Held[] {
  const hashes = cas.map((ca) => ({ ca, key: keyHash(ca) }));
  const keys = new Set(hashes.map(({ key }) => key));
  return hashes.map((hash) => ({ ...hash, keys }));
}

/** Whether one of the two is not trusted by who trusts the other. */
function areRivals(one: Held, other: Held): boolean {
  return !one.keys.has(other.key) || !other.keys.has(one.key);
}

/**
 * `<cluster>-<first 12 hex digits of SHA-256 over the key>`. Some 2^48 attempts find another key for such a name, so this
 * only settles whose the name is more likely; the operator lets in no second CA of a name (`PeerConflict`).
 */
function bearsItsHash({ ca, key }: Held): boolean {
  return new RegExp(`^/CN=[a-z0-9-]+-${key.slice(0, 12)}$`).test(subjectLine(ca));
}

/** SHA-256 over the public key, in hex. */
function keyHash(ca: X509Certificate): string {
  return createHash('sha256')
    .update(ca.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
