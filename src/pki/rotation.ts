import { fingerprintOf, readCertificates } from './bundle.js';
import { leafLife } from './ca.js';
import { authorityDue, renewAt } from './renewal.js';
import type { KeyPair } from './keypair.js';

/** The content of Secret `service-mirror-ca`: the whole state of a rotation, so that it survives any restart. */
export interface CaSecret {
  /** The CA that signs; `ca` is the bundle that our own processes trust and that peers read. */
  readonly signing: KeyPair;
  /** The CA that will sign next, when every peer trusts it. */
  readonly next?: Pick<KeyPair, 'cert' | 'key'>;
  /** PEM of the CA that signed before. It stays in the bundle while its leaves may be in use. */
  readonly previous?: string;
  /** When the phase began, in milliseconds since 1970; absent while steady. */
  readonly since?: number;
}

/**
 * The phase of a rotation. `published`: the next CA is in the bundle and signs nothing yet. `settling`: it signs, and
 * the previous one is still accepted.
 */
export type Phase = 'steady' | 'published' | 'settling';

/** The input of a step in addition to the Secret. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Somebody has asked for a new CA. */
  readonly requested: boolean;
  /** Somebody has asked to end the waiting of the current phase. */
  readonly forced: boolean;
  /** Whether a peer has not followed yet. */
  readonly waiting: boolean;
  /** Whether the CA that signs has issued every leaf. */
  readonly leavesFollow: boolean;
}

/** What to do now. */
export type RotationStep =
  /** Do nothing, until that time at the latest (milliseconds since 1970; absent: until something changes). */
  | { readonly kind: 'rest'; readonly until?: number }
  /** Make the next CA and write it with {@link publish}. */
  | { readonly kind: 'make'; readonly reason: 'Requested' | 'Old' }
  /** Write this: the next phase has begun. */
  | { readonly kind: 'write'; readonly caSecret: CaSecret };

/**
 * Shortest time for which a CA is in the bundle before it signs, in milliseconds. Our own pods, and pods behind a
 * peer's load balancer that no probe has reached, receive the bundle by a watch within seconds.
 */
export const publishedAtLeast = 60_000;

/** How long the previous CA stays in the bundle, in milliseconds: after that the last leaf that it signed has expired. */
export const settleTime = leafLife;

/** The phase of the rotation. */
export function phaseOf({ signing, next, previous }: CaSecret): Phase {
  if (previous !== undefined) return 'settling';
  return next !== undefined && holds(signing.ca, next.cert) ? 'published' : 'steady';
}

/** The reason why this CA cannot be rotated; undefined: it can. */
export function rotationProblem({ signing }: CaSecret): string | undefined {
  if (holds(signing.ca, signing.cert)) return undefined;
  return 'tls.crt is not in ca.crt: it stands under a root that others keep; put the next one into tls.crt and tls.key by hand';
}

/**
 * The next step of a rotation; the same input gives the same step. Without a request the rotation begins when two
 * thirds of the CA's life are over. The order matters: every peer trusts a CA before it signs, and trusts it for as
 * long as its leaves live.
 */
export function nextStep(caSecret: CaSecret, at: Circumstances): RotationStep {
  const phase = phaseOf(caSecret);
  switch (phase) {
    case 'steady':
      return beginning(caSecret, at);
    case 'published':
      return caSecret.since === undefined ? dated(caSecret, at) : signing(caSecret, caSecret.since, at);
    case 'settling':
      return caSecret.since === undefined ? dated(caSecret, at) : retiring(caSecret, caSecret.since, at);
    default:
      return phase satisfies never;
  }
}

function beginning(caSecret: CaSecret, { now, requested }: Circumstances): RotationStep {
  const { next } = caSecret;
  // a next CA from a rotation that has begun, or one that a person has put there, is published as it is
  if (next !== undefined && isAuthority(next, now)) return write(publish(caSecret, next, now));
  const [certificate] = certificatesOf(caSecret.signing.cert);
  const due = certificate === undefined ? Infinity : renewAt(certificate).getTime();
  if (rotationProblem(caSecret) !== undefined) return { kind: 'rest' };
  if (requested) return { kind: 'make', reason: 'Requested' };
  return now >= due ? { kind: 'make', reason: 'Old' } : { kind: 'rest', until: due };
}

/**
 * The Secret with the next CA in it and in the bundle. A next CA that was published before and whose key was lost
 * leaves the bundle: it has signed nothing, and never will.
 */
export function publish(caSecret: CaSecret, next: Pick<KeyPair, 'cert' | 'key'>, now: number): CaSecret {
  const { signing: current } = caSecret;
  const bundle = withoutLost(caSecret, next);
  const ca = holds(bundle, next.cert) ? bundle : next.cert + bundle;
  return { signing: { ...current, ca }, next, since: now };
}

function withoutLost(caSecret: CaSecret, next: Pick<KeyPair, 'cert'>): string {
  const { signing: current, next: lost } = caSecret;
  if (lost === undefined || phaseOf(caSecret) !== 'published') return current.ca;
  // a person may have put the signing CA there again, without its key
  const needed = [current, next].map(({ cert }) => fingerprintIn(cert));
  return needed.includes(fingerprintIn(lost.cert)) ? current.ca : without(current.ca, lost.cert);
}

function signing(caSecret: CaSecret, since: number, { now, forced, waiting }: Circumstances): RotationStep {
  const { signing: current, next } = caSecret;
  // a CA whose key was lost signs nothing, and no leaf stands under it
  if (next === undefined || !isAuthority(next, now)) return { kind: 'make', reason: 'Requested' };
  const expired = authorityDue(current, new Date(now)) === 'Expired';
  const sure = since + publishedAtLeast;
  if (!forced && !expired && waiting) return { kind: 'rest' };
  if (!forced && !expired && now < sure) return { kind: 'rest', until: sure };
  return write({ signing: { ...next, ca: current.ca }, previous: current.cert, since: now });
}

function retiring(
  caSecret: CaSecret,
  since: number,
  { now, forced, leavesFollow }: Circumstances,
): RotationStep {
  const { signing: current, previous = '' } = caSecret;
  const end = since + settleTime;
  if (!leavesFollow) return { kind: 'rest' };
  if (!forced && now < end) return { kind: 'rest', until: end };
  return write({ signing: { ...current, ca: without(current.ca, previous) } });
}

/** The start of the phase was lost. The wait begins again, since it may have been too short. */
function dated(caSecret: CaSecret, { now }: Circumstances): RotationStep {
  return write({ ...caSecret, since: now });
}

function write(caSecret: CaSecret): RotationStep {
  return { kind: 'write', caSecret };
}

/** SHA-256 fingerprint of the first certificate of a PEM text; empty when there is none. */
export function fingerprintIn(pem: string): string {
  const [certificate] = certificatesOf(pem);
  return certificate === undefined ? '' : fingerprintOf(certificate);
}

function isAuthority(pair: Pick<KeyPair, 'cert' | 'key'>, now: number): boolean {
  return authorityDue({ ...pair, ca: pair.cert }, new Date(now)) === undefined;
}

function holds(bundle: string, pem: string): boolean {
  const print = fingerprintIn(pem);
  return certificatesOf(bundle).some((certificate) => fingerprintOf(certificate) === print);
}

function without(bundle: string, pem: string): string {
  const print = fingerprintIn(pem);
  return certificatesOf(bundle)
    .filter((certificate) => fingerprintOf(certificate) !== print)
    .map((certificate) => certificate.toString())
    .join('');
}

function certificatesOf(pem: string): ReturnType<typeof readCertificates> {
  try {
    return readCertificates(pem);
  } catch {
    return [];
  }
}
