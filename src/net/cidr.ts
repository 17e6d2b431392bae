import { BlockList, isIP } from 'node:net';

/** A network in CIDR notation (RFC 4632, RFC 4291), as it was written. */
export interface Cidr {
  readonly network: string;
  readonly prefix: number;
}

/**
 * Reads a network; an address alone is a network of one address.
 *
 * @throws an Error that says what to write instead
 */
export function readCidr(text: string): Cidr {
  const [, network = '', digits] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 4: 32, 6: 128 }[isIP(network)] ?? -1;
  const prefix = digits === undefined ? bits : Number(digits);
  if (bits < 0 || prefix > bits)
    throw new Error(`"${text}" is not a network; write one like 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32`);
  return { network, prefix };
}

/** The form for configuration files. */
export function writeCidr({ network, prefix }: Cidr): string {
  return `${network}/${prefix}`;
}

/** Whether an IP is in one of these networks; also an IPv4 address in IPv6 form (RFC 4291, 2.5.5.2). */
export function isInside(networks: readonly Cidr[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const { network, prefix } of networks)
    list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  return (ip) => {
    const plain = ip.replace(/^::ffff:(?=\d+\.)/, '');
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}
