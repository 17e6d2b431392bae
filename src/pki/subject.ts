import type { X509Certificate } from 'node:crypto';
import { elements, partsOf } from './der.js';

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

/** Most bytes of a CA's subject (DER). Names of CAs are compared and kept, and some gateways send them to clients. */
export const maxSubject = 1024;

/** Tags of the string types that every gateway writes alike (RFC 5280 section 4.1.2.4 asks for the first two). */
const texts = { utf8: 0x0c, printable: 0x13, ia5: 0x16 } as const;

/** Longest object identifier of a kind of name, in bytes; OpenSSL's known ones are shorter. */
const maxKind = 24;

/**
 * The reason why a CA with that subject cannot be told from all others; undefined: it can. HAProxy writes a subject
 * in one line, `/O=Example/CN=Root`, with the bytes of each value as they are. So one value must not look like two,
 * and the same bytes must not mean different text in different string types.
 */
export function subjectProblem(certificate: X509Certificate): string | undefined {
  const parts = partsOf(certificate);
  if (parts === undefined) return 'cannot be read';
  const { subject } = parts;
  if (subject.length === 0) return 'is empty';
  if (subject.length > maxSubject) return `takes ${subject.length} bytes, at most ${maxSubject} may be`;
  const values = (elements(subject) ?? []).flatMap(({ content }) => elements(content) ?? []);
  for (const { content } of values) {
    const [kind, value, ...more] = elements(content) ?? [];
    if (kind === undefined || value === undefined || more.length > 0) return 'cannot be read';
    if (kind.content.length > maxKind) return 'has a part of a kind with a very long object identifier';
    const text = textOf(value.tag, value.content);
    if (text === undefined)
      return 'has a part that is neither UTF8String nor PrintableString nor IA5String, or does not hold what such a one may hold';
    if (/\/[A-Za-z0-9.-]+=/.test(text))
      return `has a part that reads like more than one (a "/", a word and "=")`;
  }
  return undefined;
}

function textOf(tag: number, content: Buffer): string | undefined {
  switch (tag) {
    case texts.utf8:
      return utf8Of(content);
    case texts.printable:
    case texts.ia5:
      return content.every((byte) => byte < 0x80) ? content.toString('latin1') : undefined;
    default:
      return undefined;
  }
}

function utf8Of(content: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}
