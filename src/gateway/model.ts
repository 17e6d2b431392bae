/**
 * What a gateway is told, whatever implements it. Desired state only: an implementation takes the whole of it, makes
 * it so, and says when it is.
 */

import type { Export, Protocol } from '../exports/export.js';
import type { KeyPair } from '../pki/keypair.js';
import type { Peer } from '../protocol/peer.js';
import type { Route } from '../protocol/routes.js';
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

/** An egress implementation: takes the whole desired state; resolves when all of it is in force. */
export interface EgressGateway {
  apply(state: EgressState): Promise<void>;
  /** Routes in force now. */
  routes(): ReadonlyMap<number, Route>;
  /** Live client connections. */
  connections(): number;
  /** Why nothing is carried at present, though a state is in force. @default never */
  problem?(): string | undefined;
  /** Stops listening, lets live connections end for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

/** An ingress implementation: takes the whole desired state; resolves when all of it is in force, sessions of what is no longer allowed cut. */
export interface IngressGateway {
  /** What it can carry; an export of another kind it does not serve. */
  readonly protocols: ReadonlySet<Protocol['kind']>;
  apply(state: IngressState): Promise<void>;
  connections(): number;
  /** Why nothing is carried at present, though a state is in force. @default never */
  problem?(): string | undefined;
  close(graceMs: number): Promise<void>;
}
