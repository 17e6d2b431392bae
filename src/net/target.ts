import { BlockList, isIP } from 'node:net';
import { metadataServices } from '../api/metadataservices.js';

/**
 * Addresses that a gateway must never dial, whatever objects of others say: this host, link-local addresses (which
 * most clouds' metadata services have), multicast groups, and metadata services with an ordinary address.
 */
const forbidden = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv6');
}
for (const family of ['ipv4', 'ipv6'] as const)
  for (const address of metadataServices[family].addresses) forbidden.addAddress(address, family);

/** IPv6 prefixes that lead to an IPv4 address: NAT64 (RFC 6052), and the older forms (RFC 4291, 2.5.5.1). */
const embedding = new BlockList();
embedding.addSubnet('64:ff9b::', 96, 'ipv6');
embedding.addSubnet('::', 96, 'ipv6');

/** Whether a gateway may dial an IP that came from others. */
export function isAllowedTarget(ip: string): boolean {
  switch (isIP(ip)) {
    case 4:
      return !forbidden.check(ip, 'ipv4');
    case 6:
      // also finds IPv4 addresses in IPv6 form (RFC 4291, 2.5.5.2)
      return !forbidden.check(ip, 'ipv6') && (!embedding.check(ip, 'ipv6') || isAllowedTarget(lastIn(ip)));
    default:
      return false;
  }
}

/** The IPv4 address in the last four bytes of an IPv6 address. */
function lastIn(ip: string): string {
  const canonical = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  const groups = canonical.split(':').map((group) => Number.parseInt(group || '0', 16));
  const [high = 0, low = 0] = groups.slice(-2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** A peer has published an address that must not be dialled; the message names the fix. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

/**
 * The IPs of a host that may be dialled. A peer chooses its published addresses and the IPs of their names. So none
 * of these IPs may be this host, a link-local address, a multicast group or a metadata service. The addresses in a
 * Link are the choice of our own people and may be any.
 *
 * @throws ForbiddenAddressError when none is left
 */
export function dialable(
  host: string,
  ips: readonly string[],
  published: boolean | undefined,
): readonly string[] {
  if (published !== true) return ips;
  const allowed = ips.filter(isAllowedTarget);
  if (allowed.length > 0 || ips.length === 0) return allowed;
  const shown = ips.slice(0, 3).join(', ');
  throw new ForbiddenAddressError(
    `${host === ips[0] ? host : `${host} leads to ${shown}, which`} is not dialled, since the peer published it: it is loopback, link-local, multicast, unspecified or a metadata service; let the peer publish another address, or name this one in spec.gateway.addresses`,
  );
}
