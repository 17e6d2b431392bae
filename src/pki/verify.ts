import { X509Certificate } from 'node:crypto';
import { spiffeId } from '../api/names.js';
import { BundleError, contestedError, fingerprintOf, readBundle, writeBundle } from './bundle.js';
import { mayStandAbove } from './constraints.js';
import { namesOf } from './names.js';
import { contestedCas } from './rivals.js';

/** The reason why a certificate that TLS has accepted stands for no peer. */
export type IdentityRefusal = 'NoCertificate' | 'NoIdentity' | 'UnknownPeer' | 'WrongIssuer';

/** The processes of a peer that show a certificate to us. */
export type PeerRole = 'gateway' | 'operator';

/** The holder of a certificate. */
export interface Identified {
  readonly link: string;
  readonly role: PeerRole;
  readonly uri: string;
  /** SHA-256 fingerprint of the peer's CA that the certificate stands under. */
  readonly root: string;
}

interface Trusted {
  readonly link: string;
  readonly role: PeerRole;
  readonly roots: readonly X509Certificate[];
}

/** The peers' CAs by SPIFFE ID, read once so that a handshake does not have to. */
export type Trust = ReadonlyMap<string, readonly Trusted[]>;

/** Longest path from a leaf to a CA of the bundle, in signatures. */
const maxPath = 4;

/** Most certificates of a presented chain that are read. */
export const maxChain = 8;

/**
 * Most signatures that are checked to find the path of one certificate. The other side may have shown many CAs with
 * one name and one key, each of which seems to stand above each other. A path needs four checks, and a few more where
 * CAs were renewed.
 */
const maxChecks = 32;

/** A peer that is not trusted because its bundle is bad; the other peers are not affected. */
export interface Distrusted {
  readonly link: string;
  readonly error: BundleError;
}

/** The CAs of all peers, and for each link the text for TLS, which holds only checked CAs. */
export interface TrustedPeers {
  /** Of their gateways. */
  readonly trust: Trust;
  /** Of all who may call an ingress gateway: their gateways, and their operators. */
  readonly callers: Trust;
  readonly bundles: ReadonlyMap<string, string>;
  readonly distrusted: readonly Distrusted[];
}

/** The parts of a peer that its certificates depend on: its Link, its own name, and its CAs (PEM). */
export interface CertifiedPeer {
  readonly link: string;
  readonly cluster: string;
  readonly caBundle: string;
}

/** Reads the CAs of all peers; leaves out and names the peers whose bundle is bad or contested. */
export function trustPeers(peers: readonly CertifiedPeer[], now: Date): TrustedPeers {
  const [trust, callers] = [new Map<string, Trusted[]>(), new Map<string, Trusted[]>()];
  const bundles = new Map<string, string>();
  const distrusted: Distrusted[] = [];
  const read = peers.flatMap(({ link, cluster, caBundle }) => {
    try {
      return [{ link, cluster, roots: readBundle(caBundle, now) }];
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      distrusted.push({ link, error });
      return [];
    }
  });
  const contested = contestedCas(read.map(({ roots }) => roots));
  for (const { link, cluster, roots } of read) {
    const rival = roots.find((ca) => contested.has(ca));
    if (rival !== undefined) {
      distrusted.push({ link, error: contestedError(rival) });
      continue;
    }
    for (const role of ['gateway', 'operator'] as const) {
      const uri = spiffeId(cluster, role);
      const trusted = [...(callers.get(uri) ?? []), { link, role, roots }];
      callers.set(uri, trusted);
      if (role === 'gateway') trust.set(uri, trusted);
    }
    bundles.set(link, writeBundle(roots));
  }
  return { trust, callers, bundles, distrusted };
}

/**
 * Finds the peer that presented a chain (DER, leaf first). Name and issuer count together: the leaf must have exactly
 * one URI, a peer's SPIFFE ID, and stand under a CA of that very peer, because any trusted CA could issue any name.
 * Signatures are verified again, because TLS may have accepted a path to the CA of another peer.
 */
export function identify(
  chain: readonly Uint8Array[],
  trust: Trust,
  now: Date,
): Identified | { readonly refusal: IdentityRefusal } {
  const [leaf, ...others] = chain.slice(0, maxChain).map((der) => new X509Certificate(der));
  if (!leaf) return { refusal: 'NoCertificate' };
  const [uri, ...more] = namesOf(leaf).uris;
  if (uri === undefined || more.length > 0) return { refusal: 'NoIdentity' };
  const peers = trust.get(uri);
  if (!peers) return { refusal: 'UnknownPeer' };
  const matches = peers.flatMap(({ link, role, roots }) => {
    const root = findRoot(leaf, { roots, intermediates: others, now });
    return root ? [{ link, role, uri, root: fingerprintOf(root) }] : [];
  });
  const [match] = matches;
  // If two Links stand for one peer, the caller is not known; the operator resolves that conflict.
  return match && matches.length === 1 ? match : { refusal: 'WrongIssuer' };
}

/** The CAs that a path may go through, and those where it may end. */
export interface Path {
  readonly roots: readonly X509Certificate[];
  readonly intermediates: readonly X509Certificate[];
  readonly now: Date;
}

/** The position on a path: its leaf, and the number of the next signature. */
interface Place {
  readonly leaf: X509Certificate;
  readonly depth: number;
  /** Signatures that may still be checked, on this path and on all others. */
  readonly budget: { checks: number };
}

/**
 * The CA in `roots` at the end of a path of valid signatures from a certificate; undefined when there is none. Each
 * CA must be allowed at its position ({@link mayStandAbove}). A self-signed certificate that is itself in `roots` is
 * its own end.
 */
export function findRoot(
  certificate: X509Certificate,
  path: Path,
  { leaf, depth, budget }: Place = { leaf: certificate, depth: 1, budget: { checks: maxChecks } },
): X509Certificate | undefined {
  if (!validAt(certificate, path.now)) return undefined;
  const isAbove = (candidate: X509Certificate) =>
    issued(candidate, certificate, budget) && mayStandAbove(candidate, leaf, depth - 1);
  const root = path.roots.find((candidate) => validAt(candidate, path.now) && isAbove(candidate));
  if (root || depth === maxPath) return root;
  for (const candidate of path.intermediates) {
    if (!candidate.ca || !isAbove(candidate)) continue;
    const found = findRoot(candidate, path, { leaf, depth: depth + 1, budget });
    if (found) return found;
  }
  return undefined;
}

function validAt(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now < certificate.validToDate;
}

function issued(issuer: X509Certificate, certificate: X509Certificate, budget: Place['budget']): boolean {
  try {
    return certificate.checkIssued(issuer) && budget.checks-- > 0 && certificate.verify(issuer.publicKey);
  } catch {
    // A chain may hold keys of unknown kinds.
    return false;
  }
}
