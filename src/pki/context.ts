import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { readCertificates, writeBundle } from './bundle.js';
import type { KeyPair } from './keypair.js';

/**
 * Options of every handshake between gateways. TLS 1.3 only, and no tickets, since a resumed session would outlive
 * its certificate. A CA of a bundle is trusted even if it is not self-signed, and no other CA is.
 */
export function tlsOptions({ cert, key }: KeyPair, ca: readonly string[]): SecureContextOptions {
  return {
    cert,
    key,
    // It must be a list: without one, node:tls would trust the CAs of the public web.
    ca: [...ca],
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
    allowPartialTrustChain: true,
  };
}

/**
 * A pair whose leaf is followed by the CA that has issued it. OpenSSL completes the chain of a leaf that stands alone with CAs
 * that it trusts, and to a server those are CAs of peers: what looks like ours would be shown to everybody, with all that
 * leads on from there. node:tls cannot tell it not to.
 */
export function withIssuer(pair: KeyPair): KeyPair {
  const [leaf, ...others] = readCertificates(pair.cert);
  if (leaf === undefined || others.length > 0) return pair;
  const issuer = readCertificates(pair.ca).find((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  return issuer === undefined ? pair : { ...pair, cert: writeBundle([leaf, issuer]) };
}

/** Makes TLS contexts for links and keeps them for as long as their input stays the same. */
export interface ContextCache {
  /** @throws when certificate, key or CA cannot be read */
  get(link: string, identity: KeyPair, caBundle: string): SecureContext;
  /** Forgets all but these links. */
  keep(links: ReadonlySet<string>): void;
}

/** An empty cache. */
export function createContextCache(): ContextCache {
  const entries = new Map<string, { readonly input: readonly string[]; readonly context: SecureContext }>();
  return {
    get(link, identity, caBundle) {
      const input = [identity.cert, identity.key, caBundle];
      const known = entries.get(link);
      if (known && input.every((text, index) => text === known.input[index])) return known.context;
      const context = createSecureContext(tlsOptions(identity, [caBundle]));
      entries.set(link, { input, context });
      return context;
    },
    keep(links) {
      for (const link of entries.keys()) if (!links.has(link)) entries.delete(link);
    },
  };
}
