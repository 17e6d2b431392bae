import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** The address part of a `bind` line: one IP, or all of them. @param ports one port, or `first-last` */
export function bindAddress(host: string | undefined, ports: string): string {
  if (host !== undefined) return isIPv6(host) ? `ipv6@[${host}]:${ports}` : `ipv4@${host}:${ports}`;
  return hasIPv6() ? `ipv6@:::${ports}` : `ipv4@*:${ports}`;
}

/** The end of a `bind` line: a socket on all IPs accepts both families if there are two. */
export function bindFamily(host: string | undefined): string {
  return host === undefined && hasIPv6() ? ' v4v6' : '';
}

/** A server's address: an IP, of either family, and a port. */
export function serverAddress(ip: string, port: number): string {
  return isIPv6(ip) ? `ipv6@[${ip}]:${port}` : `ipv4@${ip}:${port}`;
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));
}
