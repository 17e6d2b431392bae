import { X509Certificate } from 'node:crypto';
import type { Secret } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { givenIn, givenProblems, rewritten } from '../../pki/given.js';
import type { Decoded } from '../../protocol/identity.js';
import { namesOf } from '../../pki/names.js';
import type { LeafRole } from '../../pki/profile.js';
import type { KeyPair } from '../../pki/keypair.js';

/**
 * Reads the leaf of a role from its Secret, with the same checks as the operator; problems are reported without
 * showing any of its content.
 *
 * @param at.cluster whose leaf it must be; undefined: of the one that it names
 */
export function readLeaf(
  secret: Readonly<Secret>,
  role: LeafRole,
  at: { readonly cluster: string | undefined; readonly now: Date },
): Decoded<KeyPair> {
  const given = givenIn(secret.data);
  const { 'tls.crt': cert = '' } = given;
  // for a leaf that names no gateway, the problem shows the form of a name
  const cluster = at.cluster ?? namedBy(cert) ?? 'NAME';
  const problems = givenProblems(given, role, { cluster, now: at.now });
  return problems.length > 0 ? { problems } : { value: rewritten(given) };
}

function namedBy(cert: string): string | undefined {
  try {
    return clusterOf({ cert });
  } catch {
    return undefined;
  }
}

/** The cluster in the one SPIFFE ID of a leaf; throws when there is none. */
export function clusterOf({ cert }: Pick<KeyPair, 'cert'>): string {
  const { uris } = namesOf(new X509Certificate(cert));
  const cluster = /^spiffe:\/\/([a-z0-9-]+)\.mirror\.internal\/gateway$/.exec(uris[0] ?? '')?.[1];
  if (uris.length === 1 && cluster !== undefined) return cluster;
  throw new Error(`the certificate names ${uris.join(', ') || 'no URI'}, not one gateway`);
}

/** The last good certificate of a Secret that is renewed from time to time. */
export interface KeyPairReader {
  /** The newest good certificate; a missing or bad Secret does not change it. */
  read(secret: Readonly<Secret> | undefined): KeyPair | undefined;
  /** The problems of the present Secret. */
  problems(): readonly string[];
  /**
   * Milliseconds until the next check, if one is needed: a certificate that is not valid yet becomes valid without a
   * change.
   */
  lookAgainIn(): number | undefined;
}

/** The certificate to read. */
export interface KeyPairSource {
  /** Of the Secret. */
  readonly name: string;
  readonly role: LeafRole;
  /**
   * Our own cluster; while it is not known, no certificate is good. @default the one that the first good certificate
   * names
   */
  readonly cluster?: () => string | undefined;
}

/** How often a bad Secret is checked again, in milliseconds. */
const judgeEvery = 60_000;

/** A new reader of a Secret, without a certificate. */
export function createKeyPairReader({ name, role, cluster }: KeyPairSource, clock: Clock): KeyPairReader {
  let good: { readonly secret: Readonly<Secret>; readonly pair: KeyPair; readonly of: string } | undefined;
  let problems: readonly string[] = [];

  function judge(secret: Readonly<Secret>): void {
    const own = cluster === undefined ? good?.of : cluster();
    if (cluster !== undefined && own === undefined) return;
    if (secret === good?.secret && own === good.of) return;
    const decoded = readLeaf(secret, role, { cluster: own, now: new Date(clock.now()) });
    if ('value' in decoded) good = { secret, pair: decoded.value, of: clusterOf(decoded.value) };
    else problems = [`Secret ${name}: ${decoded.problems.join('; ')}`];
  }

  return {
    read(secret) {
      problems = [];
      if (secret === undefined) problems = [`Secret ${name} is missing: the operator writes it`];
      else judge(secret);
      return good?.pair;
    },
    problems: () => problems,
    lookAgainIn: () => (problems.length > 0 ? judgeEvery : undefined),
  };
}
