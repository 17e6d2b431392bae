import type { Secret } from '../../api/objects.js';
import { decodeKeyPair, type KeyPair } from '../../pki/keypair.js';
import type { Cache } from '../../runtime/cache.js';

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
