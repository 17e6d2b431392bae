import type { ParsedHeader, HeaderSource } from './parsed.js';

/** The first bytes of a header of version 2. */
export const binaryStart = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** Bytes before the addresses: signature, version and command, family and protocol, length. */
const fixed = 16;
/** Bytes of a whole header, with what load balancers add; the length field would allow 64 kB. */
const longest = 4_096;
/** Bytes of the addresses by family: unspecified, IPv4, IPv6, UNIX. */
const addressLengths = [0, 12, 36, 216];
const local = 0;
const proxied = 1;

/** Reads a header of version 2 (proxy-protocol.txt, 2.2), of which at least the beginning is known to be one. */
export function parseBinary(data: Buffer): ParsedHeader {
  if (data.length < fixed) return { kind: 'partial' };
  const [version, command] = halves(data[12]!);
  const [family, protocol] = halves(data[13]!);
  const length = fixed + data.readUInt16BE(14);
  if (version !== 2 || (command !== local && command !== proxied))
    return {
      kind: 'broken',
      why: 'its PROXY header is of another version than 1 or 2, or of an unknown command',
    };
  if (length > longest) return { kind: 'broken', why: `its PROXY header is longer than ${longest} bytes` };
  // the family of a proxy's own connection is ignored
  if (command === proxied && (family >= addressLengths.length || protocol > 2))
    return { kind: 'broken', why: 'its PROXY header is of an unknown family' };
  if (data.length < length) return { kind: 'partial' };
  const body = data.subarray(fixed, length);
  const addresses = addressLengths[family] ?? body.length;
  const fields = body.subarray(addresses);
  const readSource = command === proxied ? sources[data[13]!] : undefined;
  if (readSource === undefined) return { kind: 'header', header: { fields, length } };
  if (body.length < addresses)
    return { kind: 'broken', why: 'its PROXY header has no room for its addresses' };
  return { kind: 'header', header: { source: readSource(body), fields, length } };
}

/** The client, by family and protocol: TCP over IPv4 and over IPv6. Others have no address. */
const sources: Readonly<Record<number, (addresses: Buffer) => HeaderSource>> = {
  0x11: (data) => ({ ip: data.subarray(0, 4).join('.'), port: data.readUInt16BE(8) }),
  0x21: (data) => ({ ip: ipv6(data.subarray(0, 16)), port: data.readUInt16BE(32) }),
};

function ipv6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':');
}

function halves(byte: number): readonly [high: number, low: number] {
  return [byte >> 4, byte & 15];
}
