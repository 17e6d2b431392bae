/**
 * How the operator names the peer to which an egress gateway is to carry its connection: as the target of `CONNECT`, the name
 * of the Link and a port that says nothing.
 */

/** The target for a Link. */
export function throughTarget(link: string): string {
  return `${link}:1`;
}

/** The Link of a target; undefined: it names none. */
export function throughLink(target: string | undefined): string | undefined {
  return /^([a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?):1$/.exec(target ?? '')?.[1];
}

/** Why a peer that dials in is not reached, where none of its gateways has. */
export const noneDialledIn =
  'no gateway of the peer has dialled in; there, the Link to this cluster needs gateway.direction: Dial';
