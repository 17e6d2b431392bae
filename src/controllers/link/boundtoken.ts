import type { Secret } from '../../api/objects.js';

/** The claims of a ServiceAccount token that ends (KEP-1205); nothing of it is verified. */
export interface BoundToken {
  readonly namespace: string;
  readonly account: string;
  /** Wall time (ms). */
  readonly issued: number;
  /** Wall time (ms). */
  readonly expires: number;
}

/** What to do with the token in a Secret. */
export type Renewal =
  /**
   * Leave it: it is no token of a ServiceAccount, or the Secret is not ours to write, so somebody else renews it or
   * nobody does.
   */
  | { readonly kind: 'none' }
  | { readonly kind: 'later' }
  /** Ask for a new token with this life in seconds. */
  | { readonly kind: 'due'; readonly token: BoundToken; readonly seconds: number };

/** Longest token that is read (bytes): those of API servers have one or two thousand. */
const longestToken = 16_384;

/** The shortest and longest life (s) that the TokenRequest API accepts. */
const lives = { shortest: 600, longest: 2 ** 32 } as const;

const subject = /^system:serviceaccount:([a-z0-9][a-z0-9-]{0,62}):([a-z0-9][a-z0-9.-]{0,252})$/;
const base64url = /^[A-Za-z0-9_-]+$/;

/** Objects whose deletion ends a token: a new token from TokenRequest would outlive them. */
const others = ['pod', 'secret', 'node'];

type Claims = Readonly<Record<string, unknown>>;

/** Reads the claims of a token (RFC 7519); undefined when it is no ServiceAccount token that ends. */
export function readBoundToken(token: string): BoundToken | undefined {
  if (token.length > longestToken) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => base64url.test(part))) return undefined;
  const claims = claimsOf(parts[1] ?? '');
  const { sub, iat, exp } = claims;
  const [, namespace, account] = (typeof sub === 'string' ? subject.exec(sub) : null) ?? [];
  if (namespace === undefined || account === undefined) return undefined;
  if (!isTime(iat) || !isTime(exp) || exp <= iat) return undefined;
  const bound = claims['kubernetes.io'];
  if (isFields(bound) && others.some((kind) => bound[kind] !== undefined)) return undefined;
  return { namespace, account, issued: iat * 1000, expires: exp * 1000 };
}

/**
 * Renews a token at two thirds of its life, for the same life again. A token that has ended can no longer ask for
 * another one.
 */
export function decideRenewal(secret: Readonly<Secret>, token: string | undefined, now: number): Renewal {
  const read = token === undefined ? undefined : readBoundToken(token);
  const controlled = secret.metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  if (read === undefined || secret.immutable === true || controlled || now >= read.expires)
    return { kind: 'none' };
  const life = read.expires - read.issued;
  if (now < read.issued + (life * 2) / 3) return { kind: 'later' };
  const seconds = Math.min(lives.longest, Math.max(lives.shortest, Math.round(life / 1000)));
  return { kind: 'due', token: read, seconds };
}

/** The reason why an API server's answer cannot replace the token; undefined: it can. */
export function refuseFresh(old: BoundToken, fresh: unknown): string | undefined {
  const read = typeof fresh === 'string' ? readBoundToken(fresh) : undefined;
  if (read === undefined) return 'what the remote API server gives out is no token of a ServiceAccount';
  if (read.namespace !== old.namespace || read.account !== old.account)
    return 'the remote API server gives out a token of another account';
  if (read.expires <= old.expires) return 'the remote API server gives out no token that ends later';
  return undefined;
}

/** The kubeconfig without the parts that a renewal changes: the account's name replaces each ServiceAccount token. */
export function withoutTokens(kubeconfig: string): string {
  return kubeconfig.replaceAll(/ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g, (token) => {
    const read = readBoundToken(token);
    return read === undefined ? token : `${read.namespace}/${read.account}`;
  });
}

function claimsOf(payload: string): Claims {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isFields(claims) ? claims : {};
  } catch {
    return {};
  }
}

function isFields(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Seconds since 1970 that a date can hold. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e12;
}
