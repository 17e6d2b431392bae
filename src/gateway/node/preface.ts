import { isIP, type Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';

/** Who a proxy says has connected to it; for logs only, since anybody who may speak to us as a proxy can say anything. */
export interface Source {
  readonly ip: string;
  readonly port: number;
}

/** A header that was read; without a source when the proxy speaks for itself, as for its health checks. */
export interface Preface {
  readonly source?: Source;
  /** Bytes of the header. */
  readonly length: number;
}

/** What was said before TLS is no PROXY protocol header. */
export class PrefaceError extends Error {
  override readonly name = 'PrefaceError';
}

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** A line of version 1, its CRLF included (proxy-protocol.txt, 2.1). */
const longestLine = 107;
/** Of version 2, with what load balancers add; the length field would allow 64 kB. */
const longestBinary = 4_096;

/**
 * Reads a PROXY protocol header of version 1 or 2 (HAProxy, proxy-protocol.txt) off the beginning of a connection;
 * undefined while bytes are missing.
 *
 * @throws PrefaceError
 */
export function parsePreface(data: Buffer): Preface | undefined {
  if (startsAlike(data, signature)) return parseBinary(data);
  if (startsAlike(data, Buffer.from('PROXY '))) return parseLine(data);
  throw new PrefaceError('it does not begin with a PROXY protocol header');
}

function startsAlike(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length);
  return data.subarray(0, length).equals(start.subarray(0, length));
}

function parseLine(data: Buffer): Preface | undefined {
  const end = data.subarray(0, longestLine).indexOf('\r\n');
  if (end < 0 && data.length < longestLine) return undefined;
  const [, family, ip = '', to = '', port = '', toPort = ''] = data.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (end >= 0 && family === 'UNKNOWN') return { length };
  const version = { TCP4: 4, TCP6: 6 }[family ?? ''];
  const isGood = isIP(ip) === version && isIP(to) === version && isPort(port) && isPort(toPort);
  if (end < 0 || version === undefined || !isGood)
    throw new PrefaceError('its PROXY line is broken, or longer than 107 bytes');
  return { source: { ip, port: Number(port) }, length };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function parseBinary(data: Buffer): Preface | undefined {
  if (data.length < 16) return undefined;
  const [versionAndCommand = 0, family = 0] = data.subarray(12, 14);
  const length = 16 + data.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2 || (versionAndCommand & 15) > 1)
    throw new PrefaceError('its PROXY header is of another version than 1 or 2, or of an unknown command');
  if (length > longestBinary)
    throw new PrefaceError(`its PROXY header is longer than ${longestBinary} bytes`);
  if (data.length < length) return undefined;
  // 0: the proxy itself, for example to see whether we are there
  if ((versionAndCommand & 15) === 0) return { length };
  switch (family) {
    case 0x11:
      if (length < 16 + 12) break;
      return { source: { ip: [...data.subarray(16, 20)].join('.'), port: data.readUInt16BE(24) }, length };
    case 0x21:
      if (length < 16 + 36) break;
      return { source: { ip: ipv6(data.subarray(16, 32)), port: data.readUInt16BE(48) }, length };
    default:
      // of a kind that has no IP: it must be accepted, and says nothing (2.2)
      return { length };
  }
  throw new PrefaceError('its PROXY header has no room for its addresses');
}

function ipv6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':');
}

/**
 * Takes the header off a connection, and leaves what follows it to be read.
 *
 * @param timing.timeout milliseconds in which all of it must come
 * @throws PrefaceError, also when the connection ends before
 */
export function takePreface(
  socket: Socket,
  { clock, timeout }: { readonly clock: Clock; readonly timeout: number },
): Promise<Preface> {
  return new Promise((resolve, reject) => {
    let data = Buffer.alloc(0);
    const stop = clock.after(timeout, () => finish(new PrefaceError(`no PROXY header within ${timeout} ms`)));
    const finish = (outcome: Preface | PrefaceError) => {
      stop();
      socket.off('readable', look).off('close', gone).off('end', gone);
      if (outcome instanceof Error) return reject(outcome);
      if (data.length > outcome.length) socket.unshift(data.subarray(outcome.length));
      resolve(outcome);
    };
    const gone = () => finish(new PrefaceError('the connection ended before its PROXY header'));
    const look = () => {
      for (;;) {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) return;
        data = Buffer.concat([data, chunk]);
        try {
          const preface = parsePreface(data);
          if (preface !== undefined) return finish(preface);
        } catch (error) {
          return finish(error as PrefaceError);
        }
      }
    };
    socket.on('readable', look).once('close', gone).once('end', gone);
    look();
  });
}
