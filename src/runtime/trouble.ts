import { isOverload, NetworkError } from './errors.js';

/** Shortest and usual rest of a server (ms). */
const rest = 500;

/** Nobody answers at the server's address: the request did not reach it. */
const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * How long (ms) a server should be left alone after this error, because it would meet any other request, too: the server
 * has too much to do, or cannot be reached. Undefined: the error is about one request.
 */
export function restAfter(error: unknown): number | undefined {
  if (isOverload(error)) return Math.max(error.retryAfterMs ?? 0, rest);
  return error instanceof NetworkError && unreachable.has(error.code) ? rest : undefined;
}
