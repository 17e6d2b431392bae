import { createHash, X509Certificate } from 'node:crypto';
import { spiffeId } from '../api/names.js';
import { readableCas } from './bundle.js';
import { subjectProblem } from './subject.js';
import { namesOf } from './names.js';
import { findRoot, maxChain } from './verify.js';

/** The form of a {@link keyPinOf}. */
export const keyPinPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * The pin of a CA: `sha256:` and the hash of its SubjectPublicKeyInfo (RFC 7469 section 2.4, but in hex). It stays the
 * same when the CA is issued again for the same key.
 *
 * @throws when the public key cannot be read
 */
export function keyPinOf(ca: Pick<X509Certificate, 'publicKey'>): string {
  const spki = ca.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}

/** Whether a bundle (PEM) holds a CA with that pin. */
export function holdsPinned(bundle: string, pin: string, now: Date): boolean {
  return readableCas(bundle, now).some((ca) => isPinned(ca, [pin]));
}

/** What a server has shown, and what is known about it before. */
export interface PinnedServer {
  /** The chain of the handshake: DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** CAs that came in another way. A server need not send its root, so the pinned CA may be missing from the chain. */
  readonly offered: readonly X509Certificate[];
  /** Pins of its CAs; any one of them is enough. */
  readonly pins: readonly string[];
  readonly cluster: string;
  readonly now: Date;
}

/**
 * The CA whose pin proves that a server is the gateway of a cluster; undefined: nothing does. A CA may come from
 * anywhere, also from the server itself: only the holder of the pinned key can have signed the leaf, and the handshake has
 * shown that the server holds the key of the leaf.
 */
export function pinnedCa({ chain, offered, pins, cluster, now }: PinnedServer): X509Certificate | undefined {
  const [leaf, ...others] = readChain(chain);
  if (leaf === undefined) return undefined;
  const { uris } = namesOf(leaf);
  if (uris.length !== 1 || uris[0] !== spiffeId(cluster, 'gateway')) return undefined;
  const roots = [...others, ...offered].filter((ca) => ca.ca && isPinned(ca, pins));
  return findRoot(leaf, { roots, intermediates: others, now });
}

/** No certificate at all when one of them cannot be read. */
function readChain(chain: readonly Uint8Array[]): readonly X509Certificate[] {
  try {
    return chain.slice(0, maxChain).map((der) => new X509Certificate(der));
  } catch {
    return [];
  }
}

function isPinned(ca: X509Certificate, pins: readonly string[]): boolean {
  try {
    return pins.includes(keyPinOf(ca)) && subjectProblem(ca) === undefined;
  } catch {
    // a chain may hold keys of unknown kinds
    return false;
  }
}
