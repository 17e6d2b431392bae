import type { TLSSocket } from 'node:tls';
import type { Refusal } from '../events.js';

const byCode: Readonly<Record<string, Refusal>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'Protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'Protocol',
  ERR_SSL_HTTP_REQUEST: 'Protocol',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'Timeout',
  ECONNRESET: 'Aborted',
  EPIPE: 'Aborted',
};

/** The reason of a failed handshake on the accepting side. */
export function refusalOf(error: Error): Refusal {
  return byCode['code' in error ? String(error.code) : ''] ?? 'Handshake';
}

/** The reason why the chain of a client stands under no trusted CA. */
export function verifyRefusal(socket: TLSSocket): Refusal {
  if (socket.getPeerX509Certificate() === undefined) return 'NoCertificate';
  // Declared as an Error, but in truth the code of OpenSSL's verification.
  const code = String(socket.authorizationError);
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID' ? 'Expired' : 'Untrusted';
}
