import { isAllowedTarget } from './target.js';

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
