import { createHash, type X509Certificate } from 'node:crypto';
import { canonicalSubject, subjectLine } from './subject.js';

/** Two CAs of different peers, one of which could be taken for the other. */
export interface Rivals {
  readonly one: X509Certificate;
  readonly other: X509Certificate;
  /** Whether both also have the same key. */
  readonly sameKey: boolean;
  /** Which of the two keeps the name, whichever came first; `neither`: that cannot be decided. */
  readonly holder: 'one' | 'other' | 'neither';
}

/**
 * The CAs of two bundles that could be taken for each other. OpenSSL chooses the CA for checking a signature by its
 * name (a key identifier only narrows the choice), and HAProxy identifies a caller by that name. A copy of a CA with
 * the same key may contain constraints that shut out leaves of the original. A CA proves its key by having signed
 * itself. Of two CAs with one key, the one that proves it holds the name; if both do, the owner of the key has made
 * both, and they do not conflict. Of two CAs with different keys, the one holds the name that proves its key and
 * whose name ends in a hash of it, as the operator's do. Bundles that both hold the same two CAs do not conflict. The
 * CAs must come from `readBundle`, so that their keys can be read.
 */
export function rivalsOf(
  cas: readonly X509Certificate[],
  others: readonly X509Certificate[],
): readonly Rivals[] {
  const [own, theirs] = [cas.map(featuresOf), others.map(featuresOf)];
  const has = (list: readonly Features[], { print }: Features) => list.some((one) => one.print === print);
  return own.flatMap((one) =>
    theirs
      .filter((other) => areAlike(one, other) && !(has(own, other) && has(theirs, one)))
      .flatMap((other) => {
        const holder = holderOf(one, other);
        const sameKey = one.key === other.key;
        return holder === 'both' ? [] : [{ one: one.ca, other: other.ca, sameKey, holder }];
      }),
  );
}

/** The CAs of all bundles that must not be trusted together: all rivals except those that hold their name. */
export function contestedCas(bundles: readonly (readonly X509Certificate[])[]): ReadonlySet<X509Certificate> {
  const contested = new Set<X509Certificate>();
  for (const [at, cas] of bundles.entries())
    for (const others of bundles.slice(at + 1))
      for (const { one, other, holder } of rivalsOf(cas, others)) {
        if (holder !== 'one') contested.add(one);
        if (holder !== 'other') contested.add(other);
      }
  return contested;
}

interface Features {
  readonly ca: X509Certificate;
  readonly print: string;
  /** The name in OpenSSL's form and in HAProxy's form, for comparing. */
  readonly names: readonly [string, string];
  readonly key: string;
  readonly proved: () => boolean;
  readonly bearsHash: boolean;
}

/** The features of a CA, read once, because each CA of a hundred peers is compared with all others. */
const features = new WeakMap<X509Certificate, Features>();

function featuresOf(ca: X509Certificate): Features {
  const taken = features.get(ca);
  if (taken !== undefined) return taken;
  const spki = ca.publicKey.export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(spki).digest('hex').slice(0, 12);
  let proved: boolean | undefined;
  const fresh: Features = {
    ...{ ca, print: ca.fingerprint256, key: spki.toString('base64') },
    names: [canonicalSubject(ca), subjectLine(ca)],
    // checking a signature costs much, and is seldom needed
    proved: () => (proved ??= isProved(ca)),
    // about 2^48 attempts find another key for such a name
    bearsHash: new RegExp(`^/CN=[a-z0-9-]+-${hash}$`).test(subjectLine(ca)),
  };
  features.set(ca, fresh);
  return fresh;
}

function isProved(ca: X509Certificate): boolean {
  try {
    return ca.checkIssued(ca) && ca.verify(ca.publicKey);
  } catch {
    return false;
  }
}

function areAlike(one: Features, other: Features): boolean {
  return one.print !== other.print && one.names.some((name, at) => name === other.names[at]);
}

function holderOf(one: Features, other: Features): Rivals['holder'] | 'both' {
  const isMine = one.key === other.key ? proves : bears;
  if (isMine(one) && isMine(other)) return one.key === other.key ? 'both' : 'neither';
  if (isMine(one)) return 'one';
  return isMine(other) ? 'other' : 'neither';
}

function proves({ proved }: Features): boolean {
  return proved();
}

function bears({ bearsHash, proved }: Features): boolean {
  return bearsHash && proved();
}
