import type { DetailedPeerCertificate } from 'node:tls';

/**
 * The certificates of a TLS peer as DER, leaf first, out of node:tls. Do not rely on their order or signatures: the
 * list may contain certificates that TLS did not use.
 */
export function chainOf(leaf: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  let next: DetailedPeerCertificate | undefined = leaf;
  // A root names itself as its issuer.
  while (next?.raw && !seen.has(next)) {
    seen.add(next);
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}
