/** The client that a proxy names; for logs only, because anybody who may speak to us as a proxy can name any client. */
export interface Source {
  readonly ip: string;
  readonly port: number;
}

/** A header that was read. */
export interface Header {
  /** None for a proxy's own connection, such as a health check, or for a client without a TCP address. */
  readonly source?: Source;
  /** The type-length-value fields after the addresses (proxy-protocol.txt, 2.2), not parsed. */
  readonly fields: Buffer;
  /** Bytes of the whole header; the traffic begins after them. */
  readonly length: number;
}

/** The kind of the first bytes of a connection. */
export type Parsed =
  | { readonly kind: 'header'; readonly header: Header }
  /** The beginning of a header. */
  | { readonly kind: 'partial' }
  /** No header, whatever follows. */
  | { readonly kind: 'broken'; readonly why: string };
