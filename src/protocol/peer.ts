import type { Address } from '../net/address.js';
import type { ProbeSpec } from '../net/probe/spec.js';

/**
 * A resolved peer: the operator has checked that it is the peer that the Link means, and that no other Link stands
 * for it.
 */
export interface Peer {
  /** Name of the Link. */
  readonly link: string;
  /** The peer's own name; its certificates and its server names carry it. */
  readonly cluster: string;
  /** PEM; only certificates under these CAs are this peer's. */
  readonly caBundle: string;
  /** Addresses of its ingress gateway; empty: it cannot be called from here. */
  readonly addresses: readonly Address[];
  /** The peer has published these addresses, so they are checked before they are dialled. Absent: the Link names them. */
  readonly published?: true;
  /**
   * The peer's ingress gateways dial our egress gateways, and what we call there goes back over what they have opened.
   * It has no addresses then.
   */
  readonly dialsIn?: true;
  /** Where our ingress gateways dial the peer's egress gateways, for what these call here. Absent: they dial us. */
  readonly dialAt?: readonly Address[];
  readonly probe: ProbeSpec;
}
