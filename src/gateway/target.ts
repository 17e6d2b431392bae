import { BlockList, isIP } from 'node:net';

/**
 * What an ingress gateway must never dial, whatever an object asks for: this host, the link (and with it most clouds'
 * metadata services), groups, and the metadata services that have an ordinary address.
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
/** Metadata services of Alibaba Cloud, Azure, Oracle Cloud, and of AWS over IPv6. */
for (const address of ['100.100.100.200', '168.63.129.16', '192.0.0.192'])
  forbidden.addAddress(address, 'ipv4');
forbidden.addAddress('fd00:ec2::254', 'ipv6');

/** Whether that is an IP that an ingress gateway may dial. */
export function isAllowedTarget(ip: string): boolean {
  switch (isIP(ip)) {
    case 4:
      return !forbidden.check(ip, 'ipv4');
    case 6:
      // also finds IPv4 addresses in IPv6 clothes (RFC 4291, 2.5.5.2)
      return !forbidden.check(ip, 'ipv6');
    default:
      return false;
  }
}
