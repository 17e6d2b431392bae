import type { X509Certificate } from 'node:crypto';

/** The names of a certificate's subject alternative name extension (RFC 5280 section 4.2.1.6). */
export interface Names {
  readonly dns: readonly string[];
  readonly uris: readonly string[];
}

// Node quotes a value as a JSON string if it holds a character that looks like a separator, so one name cannot
// pretend to be two.
const entry =
  /(DNS|URI|email|IP Address|DirName|Registered ID|othername):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/** DNS and URI names; none at all when the extension is absent or cannot be read to its end. */
export function namesOf(certificate: X509Certificate): Names {
  return parseNames(certificate.subjectAltName ?? '');
}

/** Reads the one-line form in which node:crypto gives the extension. */
export function parseNames(text: string): Names {
  const dns: string[] = [];
  const uris: string[] = [];
  for (let at = 0; at < text.length; at = entry.lastIndex) {
    entry.lastIndex = at;
    const [, type, value] = entry.exec(text) ?? [];
    if (value === undefined) return { dns: [], uris: [] };
    const name = value.startsWith('"') ? unquoted(value) : value;
    if (name === undefined) return { dns: [], uris: [] };
    if (type === 'DNS') dns.push(name);
    if (type === 'URI') uris.push(name);
  }
  return { dns, uris };
}

function unquoted(value: string): string | undefined {
  try {
    return String(JSON.parse(value));
  } catch {
    return undefined;
  }
}
