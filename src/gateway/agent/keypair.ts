import { X509Certificate } from 'node:crypto';
import type { Secret } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { givenIn, givenProblems, rewritten } from '../../pki/given.js';
import type { Decoded } from '../../protocol/identity.js';
import { namesOf } from '../../pki/names.js';
import type { Role } from '../../pki/profile.js';
import type { KeyPair } from '../../pki/keypair.js';

/**
 * Reads the leaf of a role out of its Secret, with the judgement of the operator; what is wrong is said without showing
 * any of it.
 *
 * @param at.cluster whose leaf it must be; undefined: of the one that it names
 */
export function readLeaf(
  secret: Readonly<Secret>,
  role: Role,
  at: { readonly cluster: string | undefined; readonly now: Date },
): Decoded<KeyPair> {
  const given = givenIn(secret.data);
  const { 'tls.crt': cert = '' } = given;
  // of a leaf that names no gateway, the problem tells what a name looks like
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

/** The cluster whose gateway a leaf names, by its one SPIFFE ID; throws when it names none. */
export function clusterOf({ cert }: Pick<KeyPair, 'cert'>): string {
  const { uris } = namesOf(new X509Certificate(cert));
  const cluster = /^spiffe:\/\/([a-z0-9-]+)\.mirror\.internal\/gateway$/.exec(uris[0] ?? '')?.[1];
  if (uris.length === 1 && cluster !== undefined) return cluster;
  throw new Error(`the certificate names ${uris.join(', ') || 'no URI'}, not one gateway`);
}

/** The last good certificate of a Secret that is rotated now and then. */
export interface KeyPairReader {
  /** The newest good one; a missing or bad Secret leaves the one before in force. */
  read(secret: Readonly<Secret> | undefined): KeyPair | undefined;
  /** What is wrong with the Secret as it is now. */
  problems(): readonly string[];
  /** Milliseconds until it is worth another look, if ever: what is not valid yet becomes so without a change. */
  lookAgainIn(): number | undefined;
}

/** Whose certificate is read. */
export interface KeyPairSource {
  /** Of the Secret. */
  readonly name: string;
  readonly role: Role;
  /**
   * Our own cluster; while it is not known, no certificate is good. @default the one that the first good certificate
   * names
   */
  readonly cluster?: () => string | undefined;
}

/** How often a Secret that is bad is judged again, in milliseconds. */
const judgeEvery = 60_000;

/** A reader of a Secret that has read nothing yet. */
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
