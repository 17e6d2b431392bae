import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import type { Header, ParsedHeader } from './parsed.js';
import { binaryStart, parseBinary } from './binary.js';
import { lineStart, parseLine } from './line.js';

/** The first bytes are no PROXY protocol header, or did not come in time. */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
}

/**
 * Reads the header from a connection, and leaves the following bytes unread.
 *
 * @param timing.timeout milliseconds in which all of it must come
 * @throws HeaderError, also when the connection ends before
 */
export function takeHeader(
  socket: Socket,
  { clock, timeout }: { readonly clock: Clock; readonly timeout: number },
): Promise<Header> {
  return new Promise((resolve, reject) => {
    let data = Buffer.alloc(0);
    const finish = (settle: () => void) => {
      stop();
      socket.off('readable', look).off('close', gone).off('end', gone);
      settle();
    };
    const fail = (why: string) => finish(() => reject(new HeaderError(why)));
    const gone = () => fail('the connection ended before its PROXY header');
    const look = () => {
      for (;;) {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) return;
        data = Buffer.concat([data, chunk]);
        const parsed = parseHeader(data);
        switch (parsed.kind) {
          case 'partial':
            continue;
          case 'broken':
            return fail(parsed.why);
          case 'header': {
            const { header } = parsed;
            if (data.length > header.length) socket.unshift(data.subarray(header.length));
            return finish(() => resolve(header));
          }
          default:
            parsed satisfies never;
        }
      }
    };
    const stop = clock.after(timeout, () => fail(`no PROXY header within ${timeout} ms`));
    socket.on('readable', look).once('close', gone).once('end', gone);
    // a client that is gone sends nothing any more
    if (socket.destroyed || socket.readableEnded) gone();
    else look();
  });
}

/**
 * Reads a PROXY protocol header (HAProxy, proxy-protocol.txt) from the first bytes of a connection. Both versions
 * have a bound, so that the result is known soon.
 */
export function parseHeader(data: Buffer): ParsedHeader {
  if (startsAlike(data, binaryStart)) return parseBinary(data);
  if (startsAlike(data, lineStart)) return parseLine(data);
  return { kind: 'broken', why: 'it does not begin with a PROXY protocol header' };
}

function startsAlike(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length);
  return data.subarray(0, length).equals(start.subarray(0, length));
}
