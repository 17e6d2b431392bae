import { binaryStart, parseBinary } from './binary.js';
import { lineStart, parseLine } from './line.js';
import type { Parsed } from './parsed.js';

/**
 * Reads a PROXY protocol header (HAProxy, proxy-protocol.txt) off all that has come of a connection so far. Both versions
 * have a bound, so that it never takes long to know.
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
