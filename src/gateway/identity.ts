import { createSecureContext } from 'node:tls';
import { tlsOptions } from '../pki/context.js';
import type { KeyPair } from '../pki/keypair.js';
import type { NotInForce } from './outcome.js';

/**
 * Keeps our last usable certificate while the desired one cannot be used.
 *
 * @returns a function that gives the certificate to show, and says so when that is not the one that it was given; it throws
 * when there is none before
 */
export function createUsableIdentity() {
  let good: KeyPair | undefined;
  return (wanted: KeyPair): { readonly identity: KeyPair; readonly missing: readonly NotInForce[] } => {
    // reading it costs much, and most states have the same one
    if (wanted.cert === good?.cert && wanted.key === good.key) return { identity: wanted, missing: [] };
    try {
      createSecureContext(tlsOptions(wanted, []));
      good = wanted;
      return { identity: wanted, missing: [] };
    } catch (cause) {
      const message = `our own certificate or key cannot be used: ${(cause as Error).message}`;
      if (good === undefined) throw new Error(message, { cause });
      return { identity: good, missing: [{ kind: 'certificate', reason: 'CertificateUnusable', message }] };
    }
  };
}
