/**
 * The first bytes of a connection to the port where a cluster takes connections that a peer dials in advance. Nothing of
 * them is trusted: a token admits a connection to the pool of the peer that it was given to, and a cluster's name says with
 * whom the handshake of a control connection is tried.
 */

/** What a dialled-in connection is. */
export type Preface =
  /** The control connection of one gateway pod of that cluster: the side that was dialled begins TLS as its client. */
  | { readonly kind: 'control'; readonly cluster: string }
  /** A connection for one client, which waits until there is one. */
  | { readonly kind: 'spare'; readonly token: string };

/** The result of reading the first bytes. */
export type ParsedPreface =
  | { readonly kind: 'partial' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'preface'; readonly preface: Preface; readonly length: number };

/** The byte that says that a spare is in the pool. A gateway that does not know the token closes instead. */
export const taken = 0x2b;

/** The first byte of the side that has dialled a spare: it has joined the spare to its own ingress gateway. */
export const joined = 0x21;

/** Protocol and version; no TLS record and no HTTP request begins like this. */
const start = Buffer.from('SMD1');
const kinds = { control: 0x43, spare: 0x53 } as const;
/** Bytes of a token. */
export const tokenBytes = 32;
const longestCluster = 50;

/** The bytes of a preface: start, kind, length, and the cluster's name or the token. */
export function encodePreface(preface: Preface): Buffer {
  const body =
    preface.kind === 'control' ? Buffer.from(preface.cluster, 'latin1') : Buffer.from(preface.token, 'hex');
  return Buffer.concat([start, Buffer.from([kinds[preface.kind], body.length]), body]);
}

/** Reads the first bytes of a connection; bytes that follow are left alone. */
export function parsePreface(data: Uint8Array): ParsedPreface {
  const head = start.length + 2;
  const known = Math.min(data.length, start.length);
  if (!start.subarray(0, known).equals(data.subarray(0, known))) return { kind: 'broken' };
  if (data.length < head) return { kind: 'partial' };
  const [kind, size] = [data[start.length], data[start.length + 1]!];
  const isControl = kind === kinds.control && size >= 1 && size <= longestCluster;
  const isSpare = kind === kinds.spare && size === tokenBytes;
  if (!isControl && !isSpare) return { kind: 'broken' };
  if (data.length < head + size) return { kind: 'partial' };
  const body = Buffer.from(data.subarray(head, head + size));
  const preface: Preface = isControl
    ? { kind: 'control', cluster: body.toString('latin1') }
    : { kind: 'spare', token: body.toString('hex') };
  return { kind: 'preface', preface, length: head + size };
}
