import { createHash, type X509Certificate } from 'node:crypto';
import { subjectLine } from '../../pki/subject.js';

/**
 * The key of a caller: issuer and SPIFFE ID together, because any trusted CA could issue any name. The issuer is the
 * subject of the CA at the end of the chain that OpenSSL verified; it is hashed, because subjects may contain spaces.
 */
export function callerKey(ca: X509Certificate, uri: string): string {
  return createHash('sha256')
    .update(`${subjectLine(ca)}|${uri}`)
    .digest('hex')
    .toUpperCase();
}

/** The rule that makes `sess.caller` out of a client's certificate; a key as {@link callerKey} has it. */
export const callerRule =
  '  tcp-request content set-var(sess.caller) ssl_c_r_dn,concat(|,sess.uri),sha2(256),hex';
