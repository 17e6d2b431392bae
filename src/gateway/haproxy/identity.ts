import { createHash, type X509Certificate } from 'node:crypto';
import { unescaped } from '../mtls/subject.js';
import type { Features } from './version.js';

/**
 * The key under which a caller is found: issuer and SPIFFE ID together, since any CA that is trusted could mint any name.
 * The issuer is the subject of the CA at the end of the chain that OpenSSL verified; hashed, as subjects may hold spaces.
 */
export function callerKey(ca: X509Certificate, uri: string): string {
  return createHash('sha256')
    .update(`${subjectLine(ca)}|${uri}`)
    .digest('hex')
    .toUpperCase();
}

/** The rules that make `sess.caller` out of a client's certificate; keys as {@link callerKey} has them. */
export function callerRules({ rootName }: Features): string[] {
  const rule = '  tcp-request content';
  const set = (issuer: string) => `${rule} set-var(sess.caller) ${issuer},concat(|,sess.uri),sha2(256),hex`;
  if (rootName) return [set('ssl_c_r_dn')];
  // Only the issuer of the leaf can be asked for. It is the CA that was verified if the client sent no CA of its own:
  // another CA could have given an intermediate the same name.
  return [`${rule} reject if { ssl_c_chain_der -m found }`, set('ssl_c_i_dn')];
}

/** A subject as HAProxy writes it: `/O=Example/CN=root`, in the order of the certificate. */
export function subjectLine({ subject }: Pick<X509Certificate, 'subject'>): string {
  return subject
    .split('\n')
    .map((part) => `/${unescaped(part)}`)
    .join('');
}
