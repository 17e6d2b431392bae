import type { CaSecret } from './rotation.js';
import { decodeKeyPair, encodeKeyPair } from './keypair.js';

/** Annotations of Secret `service-mirror-ca`. People set the first two: any value other than the one before counts. */
export const rotationKeys = {
  /** Asks for a new CA. */
  rotate: 'linkerd.io/rotate',
  /** Ends the waiting of the rotation's current phase. */
  force: 'linkerd.io/rotate-force',
  /** The values on which the operator has acted. */
  rotated: 'linkerd.io/rotate-seen',
  forced: 'linkerd.io/rotate-force-seen',
  /** When the phase of the rotation began (RFC 3339). */
  since: 'linkerd.io/rotation-since',
} as const;

/** The fields of a Secret that this file needs. */
interface Held {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

/** Reads the Secret of the CA; undefined when a part of the CA that signs is missing. */
export function decodeCaSecret(secret: Held | undefined): CaSecret | undefined {
  const signing = decodeKeyPair(secret?.data);
  if (secret === undefined || signing === undefined) return undefined;
  const { 'next.crt': cert, 'next.key': key, 'previous.crt': previous } = secret.data ?? {};
  const since = Date.parse(secret.metadata.annotations?.[rotationKeys.since] ?? '');
  return {
    signing,
    ...(cert !== undefined && { next: { cert: text(cert), key: text(key ?? '') } }),
    ...(previous !== undefined && { previous: text(previous) }),
    ...(!Number.isNaN(since) && { since }),
  };
}

/** Data and annotations of the Secret as a merge patch (RFC 7396): null removes a field. */
export function encodeCaSecret({ signing, next, previous, since }: CaSecret): {
  readonly data: Record<string, string>;
  readonly annotations: Record<string, string>;
} {
  const data: Record<string, string | null> = {
    ...encodeKeyPair(signing),
    'next.crt': next === undefined ? null : base64(next.cert),
    'next.key': next === undefined ? null : base64(next.key),
    'previous.crt': previous === undefined ? null : base64(previous),
  };
  const annotations = { [rotationKeys.since]: since === undefined ? null : new Date(since).toISOString() };
  return {
    data: data as Record<string, string>,
    annotations: annotations as unknown as Record<string, string>,
  };
}

/** The requests of people on which the operator has not acted yet. */
export function requestsOf({ metadata }: Held): { readonly requested: boolean; readonly forced: boolean } {
  const said = metadata.annotations ?? {};
  const fresh = (asked: string, seen: string) => said[asked] !== undefined && said[asked] !== said[seen];
  return {
    requested: fresh(rotationKeys.rotate, rotationKeys.rotated),
    forced: fresh(rotationKeys.force, rotationKeys.forced),
  };
}

/** Annotations that mark these requests as done. */
export function actedOn(
  { metadata }: Held,
  requests: Partial<ReturnType<typeof requestsOf>>,
): Record<string, string> {
  const said = metadata.annotations ?? {};
  return {
    ...(requests.requested && { [rotationKeys.rotated]: said[rotationKeys.rotate] ?? '' }),
    ...(requests.forced && { [rotationKeys.forced]: said[rotationKeys.force] ?? '' }),
  };
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}

function text(value: string): string {
  return Buffer.from(value, 'base64').toString();
}
