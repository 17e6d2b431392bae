import type { Header } from './parsed.js';

/** PP2_TYPE_UNIQUE_ID (proxy-protocol.txt, 2.2.5): what HAProxy calls `unique-id`. */
const uniqueId = 0x05;

/**
 * The unique id that a proxy gave to a connection; none if there is none, or if the fields are broken. Trust it only
 * from a proxy that is the only one able to connect.
 */
export function uniqueIdOf({ fields }: Pick<Header, 'fields'>): string | undefined {
  let id: string | undefined;
  for (let at = 0; at < fields.length;) {
    const start = at + 3;
    const end = start <= fields.length ? start + fields.readUInt16BE(at + 1) : Infinity;
    if (end > fields.length) return undefined;
    if (fields[at] === uniqueId) id = fields.toString('utf8', start, end);
    at = end;
  }
  return id;
}
