import { ForbiddenAddressError } from '../target.js';
import { UnresolvedError } from '../resolve.js';

/** The reason of a failed probe: `Unresolved` when there was no address to ask. */
export interface ProbeFailure {
  readonly ok: false;
  readonly reason: 'ProbeFailed' | 'Unresolved';
  /** For the user: what happened, and where to look. */
  readonly message: string;
}

/** A failed probe, with a message for the user. */
export function failed(message: string, reason: ProbeFailure['reason'] = 'ProbeFailed'): ProbeFailure {
  return { ok: false, reason, message };
}

/** The peer's certificate has valid names, but not those of the wanted gateway. */
export class WrongIdentityError extends Error {
  override readonly name = 'WrongIdentityError';
}

/** An answer that no gateway of ours gives. */
export class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';
}

/** The probe took too long; its signal is aborted with this reason. */
export class ProbeTimeoutError extends Error {
  override readonly name = 'ProbeTimeoutError';
}

/** The reason to abort a probe after so many milliseconds without an answer. */
export function noAnswerWithin(ms: number): ProbeTimeoutError {
  return new ProbeTimeoutError(`does not answer within ${ms / 1_000} s`);
}

/**
 * Explains an error of a connection to the person who looks after the link.
 *
 * @param where `host:port` as the user knows it
 */
export function explainProbe(error: unknown, where: string): ProbeFailure {
  const { message = String(error) } = (error ?? {}) as { message?: string };
  if (error instanceof UnresolvedError) return failed(`${message}${causeOf(error)}`, 'Unresolved');
  if (error instanceof ForbiddenAddressError) return failed(message, 'Unresolved');
  if (error instanceof ProbeTimeoutError) return failed(`${where} ${message}`);
  if (error instanceof WrongIdentityError || error instanceof WrongAnswerError)
    return failed(`${where}: ${message}`);
  const code = codeOf(error);
  const meaning = meanings[code] ?? (code.startsWith('ERR_SSL_') ? handshakeMeaning(code) : undefined);
  return failed(meaning === undefined ? `${where}: ${message}` : `${where} ${meaning}`);
}

/** Whether a gateway answers and does not take our certificate: it says so in an alert, or cuts the connection. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ECONNRESET' || refusals.test(code);
}

/** Whether the certificate of a gateway is not under the CAs that are known. */
export function isUntrusted(error: unknown): boolean {
  return (
    error instanceof WrongIdentityError || /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(codeOf(error))
  );
}

function codeOf(error: unknown): string {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  // the code of an abort is a number (DOMException)
  return code === 'EPROTO' ? codeIn(message) : typeof code === 'string' ? code : '';
}

/** Errors while writing have the reason only in OpenSSL's line: `…:SSL routines:<function>:<reason>:…`. */
function codeIn(message: string): string {
  const reason = /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? 'EPROTO';
  return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

function causeOf(error: Error): string {
  const { code } = (error.cause ?? {}) as { code?: string };
  return code === undefined ? '' : ` (${code})`;
}

/** Error codes of sockets and of certificate checks (Node.js, errors and tls), as their meaning for a link. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection: no gateway listens there',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'cannot be reached: no route to the host',
  ENETUNREACH: 'cannot be reached: no route to the network',
  ECONNRESET:
    'cut the connection: a peer gateway does so when it does not accept our certificate or does not know this cluster',
  EPIPE: 'cut the connection',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  CERT_NOT_YET_VALID: 'shows a certificate that is not valid yet: compare the clocks of both clusters',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate for another name: another gateway listens there',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that none of the CAs known for this peer has signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate of a CA that is not among those known for this peer',
  UNABLE_TO_GET_ISSUER_CERT: 'shows a certificate of a CA that is not among those known for this peer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'shows a certificate of a CA that is not among those known for this peer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate of a CA that is not among those known for this peer',
  CERT_SIGNATURE_FAILURE: 'shows a certificate whose signature is not by the CA it names',
};

const refusals = /UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(REQUIRED|UNKNOWN|EXPIRED|REVOKED)|ACCESS_DENIED/;

/** Failed handshakes, and alerts that the other side sends (RFC 8446, 6.2), as OpenSSL names them. */
function handshakeMeaning(code: string): string {
  if (refusals.test(code)) {
    return `does not accept our certificate (${code}): it may not have learned our CA yet`;
  }
  if (/UNRECOGNIZED_NAME/.test(code))
    return 'does not know the server name: it is the gateway of another cluster';
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return 'does not speak TLS 1.3';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/.test(code))
    return 'does not speak TLS: no gateway listens there, but something else, such as a server for plain HTTP';
  return `failed the TLS handshake (${code})`;
}
