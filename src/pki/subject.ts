import type { X509Certificate } from 'node:crypto';

/**
 * A certificate's subject in a form that is the same for all subjects that OpenSSL takes for one name (RFC 5280
 * section 7.1). It ignores the case of ASCII letters, white space around and between the words of a value, the string
 * type, and the order within a part of several values. It starts from the name as OpenSSL itself has read it.
 */
export function canonicalSubject({ subject }: Pick<X509Certificate, 'subject'>): string {
  // a certificate may have no subject at all
  const parts = (subject ?? '').split('\n');
  return JSON.stringify(parts.map((part) => part.split(' + ').map(canonical).toSorted()));
}

/** One `CN=value`. */
function canonical(attribute: string): string {
  const start = attribute.indexOf('=') + 1;
  const words = unescaped(attribute.slice(start))
    .split(/[ \t\n\v\f\r]+/)
    .filter((word) => word !== '');
  return (
    attribute.slice(0, start) + words.join(' ').replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
  );
}

/**
 * A subject as HAProxy writes it: `/O=Example/CN=root`, in the order of the certificate. Subjects that
 * `subjectProblem` accepts give the same text as in HAProxy. Two of them with the same text differ at most in which
 * parts are together in one set.
 */
export function subjectLine({ subject }: Pick<X509Certificate, 'subject'>): string {
  return (subject ?? '')
    .split('\n')
    .flatMap((set) => set.split(' + '))
    .map((part) => `/${unescaped(part)}`)
    .join('');
}

/** Removes the escapes with which node:crypto writes a name (RFC 4514 section 2.4): `\,` and, in hex, `\09`. */
export function unescaped(text: string): string {
  return text.replaceAll(/\\(?:([0-9A-Fa-f]{2})|(.))/gs, (_all, hex?: string, character?: string) =>
    hex === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
