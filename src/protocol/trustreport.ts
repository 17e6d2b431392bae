/**
 * How ingress gateways tell their operator, while a CA is rotated, which CAs their callers trust: each writes one entry
 * of ConfigMap `service-mirror-callers`, under its own name, and now and then anew, as a sign of life.
 */

/** What one ingress gateway has heard: by link, the fingerprints that all callers of late trust. */
export type Heard = ReadonlyMap<string, readonly string[]>;

/** One entry; `beat` makes it differ from the one before. */
export function encodeHeard(heard: Heard, beat: number): string {
  return JSON.stringify({
    beat,
    links: Object.fromEntries([...heard].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  });
}

/** Reads one entry; what cannot be read says nothing. */
export function decodeHeard(text: string): Heard {
  try {
    const { links } = JSON.parse(text) as { links?: unknown };
    if (typeof links !== 'object' || links === null) return new Map();
    return new Map(Object.entries(links).filter((entry): entry is [string, string[]] => isStrings(entry[1])));
  } catch {
    return new Map();
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
