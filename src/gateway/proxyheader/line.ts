import { isIP } from 'node:net';
import type { ParsedHeader } from './parsed.js';

/** The first bytes of a header of version 1. */
export const lineStart = Buffer.from('PROXY ');

/** The longest line, its CRLF included (proxy-protocol.txt, 2.1). */
const longest = 107;
/** Only version 2 has fields. */
const noFields = Buffer.alloc(0);

/** Reads a header of version 1 (proxy-protocol.txt, 2.1), of which at least the beginning is known to be one. */
export function parseLine(data: Buffer): ParsedHeader {
  const end = data.subarray(0, longest).indexOf('\r\n');
  if (end < 0) {
    if (data.length < longest) return { kind: 'partial' };
    return { kind: 'broken', why: `its PROXY line is longer than ${longest} bytes` };
  }
  const length = end + 2;
  const [, family, ...rest] = data.toString('latin1', 0, end).split(' ');
  // the rest must be ignored
  if (family === 'UNKNOWN') return { kind: 'header', header: { fields: noFields, length } };
  const [ip = '', to = '', port = '', toPort = '', ...more] = rest;
  const version = { TCP4: 4, TCP6: 6 }[family ?? ''];
  const isGood = isIP(ip) === version && isIP(to) === version && isPort(port) && isPort(toPort);
  if (!isGood || more.length > 0)
    return { kind: 'broken', why: 'its PROXY line does not name two addresses' };
  return { kind: 'header', header: { source: { ip, port: Number(port) }, fields: noFields, length } };
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}
