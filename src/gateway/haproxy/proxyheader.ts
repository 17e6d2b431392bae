import type { Socket } from 'node:net';

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const uniqueId = 0x05;

/** The header could not be read; whoever connected is not HAProxy. */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
}

/**
 * Reads a PROXY protocol header, version 2 (HAProxy, proxy-protocol.txt, section 2.2), and gives back its unique id
 * (PP2_TYPE_UNIQUE_ID) and how long it is; undefined while bytes are missing.
 *
 * @throws HeaderError
 */
export function parseHeader(
  data: Buffer,
): { readonly id: string | undefined; readonly length: number } | undefined {
  if (!signature.subarray(0, data.length).equals(data.subarray(0, signature.length)))
    throw new HeaderError('not a PROXY protocol header');
  if (data.length < 16) return undefined;
  const length = 16 + data.readUInt16BE(14);
  if (data.length < length) return undefined;
  const addresses = addressLength(data[13]! >> 4);
  let id: string | undefined;
  for (let at = 16 + addresses; at + 3 <= length;) {
    const end = at + 3 + data.readUInt16BE(at + 1);
    if (end > length) throw new HeaderError('a field is longer than the header');
    if (data[at] === uniqueId) id = data.toString('utf8', at + 3, end);
    at = end;
  }
  return { id, length };
}

/** By address family: none, IPv4, IPv6, UNIX. */
function addressLength(family: number): number {
  return [0, 12, 36, 216][family] ?? 0;
}

/** Takes the header off a connection and gives back its unique id. @throws HeaderError, also when the connection ends */
export async function takeHeader(socket: Socket): Promise<string | undefined> {
  let data = Buffer.alloc(0);
  for (;;) {
    const chunk = (socket.read() as Buffer | null) ?? undefined;
    if (chunk === undefined) {
      if (socket.readableEnded || socket.destroyed)
        throw new HeaderError('the connection ended in its header');
      await new Promise<void>((resolve) => {
        const done = () => {
          for (const event of ['readable', 'close', 'end']) socket.off(event, done);
          resolve();
        };
        for (const event of ['readable', 'close', 'end']) socket.once(event, done);
      });
      continue;
    }
    data = Buffer.concat([data, chunk]);
    const header = parseHeader(data);
    if (header === undefined) continue;
    if (header.length < data.length) socket.unshift(data.subarray(header.length));
    return header.id;
  }
}
