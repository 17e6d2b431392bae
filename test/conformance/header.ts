/** A header of version 2 of the PROXY protocol, right or wrong (proxy-protocol.txt, 2.2). */
export interface BinaryHeader {
  /** Version and command. @default 0x21, which is PROXY of version 2 */
  readonly command?: number;
  /** Family and protocol. @default 0x11, which is TCP over IPv4 */
  readonly family?: number;
  /** Addresses and fields. @default none */
  readonly body?: Buffer;
  /** What it says of its body's length. @default the length of its body */
  readonly length?: number;
}

/** Bytes of a header of version 2. */
export function binaryHeader({
  command = 0x21,
  family = 0x11,
  body = Buffer.alloc(0),
  length = body.length,
}: BinaryHeader): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  head[12] = command;
  head[13] = family;
  head.writeUInt16BE(length, 14);
  return Buffer.concat([head, body]);
}

/** Addresses of IPv4: from 192.0.2.1:8080 to 203.0.113.7:4143. */
export const v4: Buffer = Buffer.from('c0000201cb0071071f90102f', 'hex');

/** A field of a header of version 2. */
export function field(type: number, text: string): Buffer {
  const head = Buffer.from([type, 0, 0]);
  head.writeUInt16BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}
