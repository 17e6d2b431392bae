/** The API server's answer when it did not do as asked (metav1.Status). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code. */
  readonly status: number;
  /** Machine-readable reason such as `NotFound` or `AlreadyExists`; empty when the answer had none. */
  readonly reason: string;
  /** The wait that the server asks for (RFC 9110, 10.2.3), in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(
    message: string,
    o: { status: number; reason?: string | undefined; retryAfterMs?: number | undefined },
  ) {
    super(message);
    this.status = o.status;
    this.reason = o.reason ?? '';
    if (o.retryAfterMs !== undefined) this.retryAfterMs = o.retryAfterMs;
  }
}

/**
 * There was no usable answer: refused, reset, timed out, not trusted, or not JSON. `code` is the system's or
 * undici's.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: string;

  constructor(message: string, o: { code: string; cause?: unknown }) {
    super(message, o.cause === undefined ? {} : { cause: o.cause });
    this.code = o.code;
  }
}

/** The server sent more than the limits allow; nothing of it is kept. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** The server accepted a write and stored something else. */
export class UndoneError extends Error {
  override readonly name = 'UndoneError';

  /** @param fields what differs, as in `spec.ports` */
  constructor(fields: readonly string[]) {
    super(
      `what was stored is not what was written, in ${fields.join(', ')}: an admission webhook or policy of this cluster changes it`,
    );
  }
}

/** An object of that name exists and belongs to somebody else, so it was left alone. */
export class TakenError extends Error {
  override readonly name = 'TakenError';
}

function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** 404: no such object, or no such resource. */
export const isNotFound = (error: unknown): error is ApiError => hasStatus(error, 404);

/** 409 because the object has changed since the write was decided. */
export const isConflict = (error: unknown): error is ApiError =>
  hasStatus(error, 409) && error.reason !== 'AlreadyExists';

/** 409 because an object of that name exists. */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  hasStatus(error, 409) && error.reason === 'AlreadyExists';

/**
 * 429 or 503: the server has too much to do now, whatever it is asked. A webhook may refuse one object with these codes,
 * too; the API server puts a text of its own in front of its words (`admission webhook "…" denied the request`).
 */
export const isOverload = (error: unknown): error is ApiError =>
  (hasStatus(error, 429) || hasStatus(error, 503)) && !error.message.includes('admission webhook');

/** How long (ms) the server has asked to wait before the next request; 0: it has not. */
export const askedToWait = (error: unknown): number =>
  error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;

/** 410: the resource version or continue token is too old; only a fresh list helps. */
export const isGone = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');

/** 403: our account may not do this. */
export const isForbidden = (error: unknown): error is ApiError => hasStatus(error, 403);

/** 401: the server does not accept our credentials. */
export const isUnauthorized = (error: unknown): error is ApiError => hasStatus(error, 401);

/**
 * Answers that say nothing about the written object: about our rights, that it does not exist or has changed, or that
 * the server is busy.
 */
const passing: ReadonlySet<number> = new Set([401, 404, 408, 409, 410, 429]);

/**
 * The server refuses a write, and will refuse it again until somebody changes something: a quota, a policy, an
 * admission webhook, a field that it does not accept, somebody else's object of that name.
 */
export function isRefusal(error: unknown): error is ApiError | UndoneError | TakenError {
  if (error instanceof UndoneError || error instanceof TakenError) return true;
  if (!(error instanceof ApiError)) return false;
  const { status, message } = error;
  // to the server, a webhook that cannot be called is an internal error (failurePolicy: Fail)
  if (status === 500) return message.includes('failed calling webhook');
  return status >= 400 && status < 500 && !passing.has(status);
}
