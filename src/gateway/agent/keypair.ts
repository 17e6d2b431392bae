import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Secret } from '../../api/objects.js';
import type { Decoded } from '../mtls/identity.js';
import { readBundle, readCertificates } from '../mtls/bundle.js';
import type { KeyPair } from '../model.js';

/** Reads a leaf's Secret; what is wrong is said without showing any of it. */
export function decodeKeyPair(secret: Readonly<Secret>, now: Date): Decoded<KeyPair> {
  const [cert, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((field) => text(secret.data?.[field])) as [
    string,
    string,
    string,
  ];
  const missing = Object.entries({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }).filter(
    ([, value]) => value.trim() === '',
  );
  if (missing.length > 0) return { problems: missing.map(([field]) => `${field} is missing`) };
  try {
    const [leaf] = readCertificates(cert);
    readBundle(ca, now);
    if (leaf === undefined || !matches(leaf, key))
      return { problems: ['tls.key is not the key of the certificate in tls.crt'] };
    if (leaf.validToDate <= now)
      return { problems: [`the certificate expired at ${leaf.validToDate.toISOString()}`] };
    clusterOf({ cert });
    return { value: { cert, key, ca } };
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
}

function matches(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    // the message of OpenSSL would not say more, and the key must not be shown
    return false;
  }
}

function text(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}

/** The cluster whose gateway a leaf names, by its one SPIFFE ID; throws when it names none. */
export function clusterOf({ cert }: Pick<KeyPair, 'cert'>): string {
  const names = new X509Certificate(cert).subjectAltName ?? '';
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'));
  const cluster =
    uris.length === 1
      ? /^URI:spiffe:\/\/([a-z0-9-]+)\.mirror\.internal\/gateway$/.exec(uris[0] ?? '')?.[1]
      : undefined;
  if (cluster === undefined)
    throw new Error(`the certificate names ${uris.join(', ') || 'no URI'}, not one gateway`);
  return cluster;
}

/** The last good certificate of a Secret that is rotated now and then. */
export interface KeyPairReader {
  /** The newest good one; a missing or broken Secret leaves the one before in force. */
  read(secret: Readonly<Secret> | undefined): KeyPair | undefined;
  /** What is wrong with the Secret as it is now. */
  problems(): readonly string[];
}

/** @param now wall time in milliseconds */
export function createKeyPairReader(name: string, now: () => number): KeyPairReader {
  let seen: Readonly<Secret> | undefined;
  let known: KeyPair | undefined;
  let problems: readonly string[] = [];
  return {
    read(secret) {
      if (secret === undefined) problems = [`Secret ${name} is missing: the operator writes it`];
      else if (secret !== seen) {
        const decoded = decodeKeyPair(secret, new Date(now()));
        if ('value' in decoded) known = decoded.value;
        problems = 'value' in decoded ? [] : [`Secret ${name}: ${decoded.problems.join('; ')}`];
      }
      seen = secret;
      return known;
    },
    problems: () => problems,
  };
}
