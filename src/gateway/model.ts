/**
 * What a gateway is told, whatever implements it. Desired state only: an implementation takes the whole of it, makes
 * it so, and says what of it is not in force.
 */

import type { Export } from '../exports/export.js';
import type { KeyPair } from '../pki/keypair.js';
import type { Peer } from '../protocol/peer.js';
import type { Route } from '../protocol/routes.js';
import type { NotInForce } from './outcome.js';
import type { PortMap } from './portmap.js';

export type { Export, Protocol } from '../exports/export.js';
export type { Route } from '../protocol/routes.js';

/** Routes, each port once; those of a {@link PortMap} that follows another are compared with that quickly. */
export type Routes = readonly Route[] | PortMap<Route>;

/** All that an egress gateway should do. */
export interface EgressState {
  readonly identity: KeyPair;
  readonly peers: readonly Peer[];
  /** A connection that is there outlives its route, unless its port is among `ended`, or comes to lead elsewhere. */
  readonly routes: Routes;
  /** Ports without a route whose live connections must end. @default none */
  readonly ended?: ReadonlySet<number>;
}

/** All that an ingress gateway should do. */
export interface IngressState {
  /** Our own cluster's name. */
  readonly cluster: string;
  readonly identity: KeyPair;
  readonly peers: readonly Peer[];
  readonly exports: readonly Export[];
}

/** What the implementations of both roles do. */
export interface Gateway<State> {
  /**
   * Takes the whole desired state and makes it so, for new connections. Live ones end where their right is gone: the
   * export or the peer that they were let in for, or a route of {@link EgressState}'s `ended`.
   *
   * A part that cannot be had keeps no other part from being in force. The result names all such parts; what it does not
   * name is in force. An empty result says that all is. Whoever applies a state gives it again later while the result
   * is not empty.
   *
   * @throws when nothing of the state could be brought into force: what carries the bytes is not there or does not take
   * it, an ingress gateway cannot listen, the very first certificate cannot be used, or the gateway was closed. What was
   * in force before then still is, but for what the state takes away where that could be taken away.
   */
  apply(state: State): Promise<readonly NotInForce[]>;
  /** Live connections. */
  connections(): number;
  /** Why nothing is carried at present, though a state is in force. @default never */
  problem?(): string | undefined;
  /** Stops listening, lets live connections end for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

/** Takes clients' connections to ports of its own cluster to peers. */
export type EgressGateway = Gateway<EgressState>;

/** Takes peers' connections to what is exported to them. */
export type IngressGateway = Gateway<IngressState>;
