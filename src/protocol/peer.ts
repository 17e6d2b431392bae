import type { Address } from '../net/address.js';
import type { ProbeSpec } from '../net/probe/spec.js';

/** A settled peer: the operator has checked that it is who the Link says, and that no other Link stands for it. */
export interface Peer {
  /** Name of the Link. */
  readonly link: string;
  /** The peer's own name; its certificates and its server names carry it. */
  readonly cluster: string;
  /** PEM; only certificates under these CAs are this peer's. */
  readonly caBundle: string;
  /** Where its ingress gateway listens; empty: it cannot be called from here. */
  readonly addresses: readonly Address[];
  /** The peer itself said so: what they lead to is judged before it is dialled. Absent: the Link names them. */
  readonly published?: true;
  readonly probe: ProbeSpec;
}
