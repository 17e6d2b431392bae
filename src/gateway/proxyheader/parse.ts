import { binaryStart, parseBinary } from './binary.js';
import { lineStart, parseLine } from './line.js';
import type { Parsed } from './parsed.js';

/**
 * Reads a PROXY protocol header (HAProxy, proxy-protocol.txt) from the first bytes of a connection. Both versions
 * have a bound, so that the result is known soon.
 */
export function parseHeader(data: Buffer): Parsed {
  if (startsAlike(data, binaryStart)) return parseBinary(data);
  if (startsAlike(data, lineStart)) return parseLine(data);
  return { kind: 'broken', why: 'it does not begin with a PROXY protocol header' };
}

function startsAlike(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length);
  return data.subarray(0, length).equals(start.subarray(0, length));
}
