import type { CaSecret } from './rotation.js';
import { decodeKeyPair, encodeKeyPair } from './keypair.js';

/** Annotations of Secret `service-mirror-ca`. The first two are for people: any value that was not there before counts. */
export const rotationKeys = {
  /** Asks for a new CA. */
  rotate: 'linkerd.io/rotate',
  /** Asks that the rotation should not wait any more in the phase that it is in. */
  force: 'linkerd.io/rotate-force',
  /** The values that have been acted on. */
  rotated: 'linkerd.io/rotate-seen',
  forced: 'linkerd.io/rotate-force-seen',
  /** When the phase of the rotation began (RFC 3339). */
  since: 'linkerd.io/rotation-since',
} as const;

/** A Secret as far as it matters here. */
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

/** Data and annotation of the Secret, as a merge patch has them (RFC 7396): null takes away. */
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

/** What people have asked for and nobody has acted on yet. */
export function requestsOf({ metadata }: Held): { readonly requested: boolean; readonly forced: boolean } {
  const said = metadata.annotations ?? {};
  const fresh = (asked: string, seen: string) => said[asked] !== undefined && said[asked] !== said[seen];
  return {
    requested: fresh(rotationKeys.rotate, rotationKeys.rotated),
    forced: fresh(rotationKeys.force, rotationKeys.forced),
  };
}

/** Annotations that say that these requests have been acted on. */
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
