/** The client that a proxy names; for logs only, because anybody who may speak to us as a proxy can name any client. */
export interface HeaderSource {
  readonly ip: string;
  readonly port: number;
}

/** A header that was read. */
export interface Header {
  /** None for a proxy's own connection, such as a health check, or for a client without a TCP address. */
  readonly source?: HeaderSource;
  /** The type-length-value fields after the addresses (proxy-protocol.txt, 2.2), not parsed. */
  readonly fields: Buffer;
  /** Bytes of the whole header; the traffic begins after them. */
  readonly length: number;
}

/** The kind of the first bytes of a connection. */
export type ParsedHeader =
  | { readonly kind: 'header'; readonly header: Header }
  /** The beginning of a header. */
  | { readonly kind: 'partial' }
  /** No header, whatever follows. */
  | { readonly kind: 'broken'; readonly why: string };

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
