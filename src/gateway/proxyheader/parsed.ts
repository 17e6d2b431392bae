/** Who a proxy says has connected to it; for logs only, since anybody who may speak to us as a proxy can say anything. */
export interface Source {
  readonly ip: string;
  readonly port: number;
}

/** A header that was read. */
export interface Header {
  /** None when the proxy speaks for itself, as for its health checks, or for something that has no TCP address. */
  readonly source?: Source;
  /** What stands behind the addresses: type-length-value fields (proxy-protocol.txt, 2.2), not looked at. */
  readonly fields: Buffer;
  /** Bytes of the whole header; what the connection is for begins behind them. */
  readonly length: number;
}

/** What the first bytes of a connection are. */
export type Parsed =
  | { readonly kind: 'header'; readonly header: Header }
  /** The beginning of a header. */
  | { readonly kind: 'partial' }
  /** No header, whatever follows. */
  | { readonly kind: 'broken'; readonly why: string };
