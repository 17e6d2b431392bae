/**
 * The trust reports of ingress gateways to their operator, while a CA is rotated: which CAs their callers trust. Each
 * gateway writes one entry of ConfigMap `service-mirror-callers` under its own name, and writes it again from time to
 * time as a sign of life.
 */

/** The trust report of one ingress gateway: for each link, the fingerprints that all recent callers trust. */
export type Heard = ReadonlyMap<string, readonly string[]>;

/** One entry; `beat` makes it differ from the one before. */
export function encodeHeard(heard: Heard, beat: number): string {
  return JSON.stringify({
    beat,
    links: Object.fromEntries([...heard].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  });
}

/** Reads one entry; an unreadable one is empty. */
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
