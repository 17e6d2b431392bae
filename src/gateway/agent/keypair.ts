import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Secret } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { readBundle, readCertificates } from '../mtls/bundle.js';
import type { Decoded } from '../mtls/identity.js';
import { namesOf } from '../mtls/names.js';
import { decodeKeyPair } from '../mtls/secret.js';
import type { KeyPair } from '../model.js';

/** Reads a leaf's Secret; what is wrong is said without showing any of it. */
export function readLeaf(secret: Readonly<Secret>, now: Date): Decoded<KeyPair> {
  const pair = decodeKeyPair(secret.data);
  if (pair === undefined) return { problems: ['tls.crt, tls.key or ca.crt is missing'] };
  const problems = [
    ...faultsOf('tls.crt', () => check(pair, now)),
    ...faultsOf('ca.crt', () => void readBundle(pair.ca, now)),
  ];
  return problems.length > 0 ? { problems } : { value: pair };
}

function faultsOf(field: string, check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`${field}: ${(error as Error).message}`];
  }
}

function check(pair: KeyPair, now: Date): void {
  const [leaf] = readCertificates(pair.cert);
  clusterOf(pair);
  if (leaf === undefined || !matches(leaf, pair.key)) throw new Error('tls.key is not its key');
  if (leaf.validToDate <= now) throw new Error(`expired at ${leaf.validToDate.toISOString()}`);
}

function matches(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    // the message of OpenSSL would not say more, and the key must not be shown
    return false;
  }
}

/** The cluster whose gateway a leaf names, by its one SPIFFE ID; throws when it names none. */
export function clusterOf({ cert }: Pick<KeyPair, 'cert'>): string {
  const { uris } = namesOf(new X509Certificate(cert));
  const cluster = /^spiffe:\/\/([a-z0-9-]+)\.mirror\.internal\/gateway$/.exec(uris[0] ?? '')?.[1];
  if (uris.length === 1 && cluster !== undefined) return cluster;
  throw new Error(`the certificate names ${uris.join(', ') || 'no URI'}, not one gateway`);
}

/** The last good certificate of a Secret that is rotated now and then. */
export interface KeyPairReader {
  /** The newest good one; a missing or broken Secret leaves the one before in force. */
  read(secret: Readonly<Secret> | undefined): KeyPair | undefined;
  /** What is wrong with the Secret as it is now. */
  problems(): readonly string[];
}

/** A reader of the Secret of that name. */
export function createKeyPairReader(name: string, clock: Clock): KeyPairReader {
  let seen: Readonly<Secret> | undefined;
  let known: KeyPair | undefined;
  let problems: readonly string[] = [];
  return {
    read(secret) {
      if (secret === undefined) problems = [`Secret ${name} is missing: the operator writes it`];
      else if (secret !== seen) {
        const decoded = readLeaf(secret, new Date(clock.now()));
        if ('value' in decoded) known = decoded.value;
        problems = 'value' in decoded ? [] : [`Secret ${name}: ${decoded.problems.join('; ')}`];
      }
      seen = secret;
      return known;
    },
    problems: () => problems,
  };
}
