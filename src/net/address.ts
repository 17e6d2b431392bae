import { isIPv6 } from 'node:net';
import { host as hostFormat } from '../api/formats.js';

/** A host (IP or DNS name) and port of a remote ingress gateway. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The usual form: `host:port`, an IPv6 address in brackets (RFC 3986, 3.2.2). */
export function writeAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads the form of {@link writeAddress}.
 *
 * @throws an Error that says what to write instead
 */
export function readAddress(text: string): Address {
  const [, bracketed, bare, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare ?? '';
  const port = Number(digits);
  const isHost =
    host.length <= hostFormat.maxLength && hostFormat.pattern.test(host) && hostFormat.holds!(host);
  const isBracketed = bracketed !== undefined;
  if (!isHost || isBracketed !== isIPv6(host) || port < 1 || port > 65_535)
    throw new Error(
      `"${text}" is not an address; write HOST:PORT, as in 203.0.113.7:4143, gw.example.com:4143 or [2001:db8::7]:4143`,
    );
  return { host, port };
}
