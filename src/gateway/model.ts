/**
 * What a gateway is told, whatever implements it. Desired state only: an implementation takes the whole of it, makes
 * it so, and says what of it is not in force.
 */

import type { Export } from '../exports/export.js';
import type { Address } from '../net/address.js';
import type { Cidr } from '../net/cidr.js';
import type { Resolver } from '../net/resolve.js';
import type { KeyPair } from '../pki/keypair.js';
import type { Destination } from '../protocol/applied.js';
import type { CatalogOf } from '../protocol/catalogstreams.js';
import type { ReportTo } from '../protocol/channel.js';
import type { Inviter } from '../protocol/invitationchannel.js';
import type { Peer } from '../protocol/peer.js';
import type { Route } from '../protocol/routes.js';
import type { Clock } from '../runtime/clock.js';
import type { ImmutableMap } from '../runtime/immutable.js';
import type { Log } from '../runtime/log.js';
import type { Caps } from './caps.js';
import type { GatewayEvents } from './events.js';
import type { NotInForce } from './outcome.js';

export type { Export, Protocol } from '../exports/export.js';
export type { Route } from '../protocol/routes.js';

/** Routes, each port once; those of a {@link ImmutableMap} that follows another are compared with that quickly. */
export type Routes = readonly Route[] | ImmutableMap<number, Route>;

/** Exports, each service ID once; those of a map that follows another are compared with that quickly, as {@link Routes}. */
export type Exports = readonly Export[] | ImmutableMap<string, Export>;

/** All that an egress gateway should do. */
export interface EgressState {
  readonly identity: KeyPair;
  readonly peers: readonly Peer[];
  /**
   * A connection that is there outlives its route, unless its port is among `ended`, or has a route that may not lead
   * where the connection does.
   */
  readonly routes: Routes;
  /** Ports without a route whose live connections must end, but for those to these destinations. @default none */
  readonly ended?: ReadonlyMap<number, readonly Destination[]>;
}

/** All that an ingress gateway should do. */
export interface IngressState {
  /** Our own cluster's name. */
  readonly cluster: string;
  readonly identity: KeyPair;
  readonly peers: readonly Peer[];
  readonly exports: Exports;
  /** Whether strangers are let in under the server name of invitations (`inviteName`). @default false */
  readonly invites?: boolean;
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

/** What a gateway of either role is given, whatever implements it. */
export interface GatewaySettings {
  /** IP on which traffic is taken. @default all */
  readonly address?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** @default nothing is counted */
  readonly events?: GatewayEvents;
  /** Most connections at once. @default what the limit of open files leaves room for, see `caps.ts` */
  readonly caps?: Partial<Caps>;
  /** Milliseconds that a TLS handshake may take. @default the implementation's own */
  readonly handshakeTimeout?: number;
  /** Is to be called when what is in force has changed though no other state was applied. @default nobody is told */
  readonly onChange?: () => void;
}

/** What an egress gateway is given. */
export interface EgressSettings extends GatewaySettings {
  readonly resolver: Resolver;
  /** Addresses of a link that answered the last probe; they are tried first. @default none is known */
  readonly answering?: (link: string) => readonly Address[];
}

/** What an ingress gateway is given. */
export interface IngressSettings extends GatewaySettings {
  /** @default listen.ingress */
  readonly port?: number;
  /** The domain of our own services' DNS names. @default 'cluster.local' */
  readonly clusterDomain?: string;
  /** Networks from which every connection begins with a PROXY protocol header. @default none */
  readonly proxies?: readonly Cidr[];
  /** What the peer channel tells a link's peer; throws while there is nothing to tell. */
  readonly report: ReportTo;
  /** What the peer channel tells of the exports to a link. @default there are no catalogs */
  readonly catalog?: CatalogOf | undefined;
  /** Answers strangers with an invitation. @default they are refused, whatever the state says */
  readonly inviter?: Inviter | undefined;
}

/** What moves the bytes: makes gateways of both roles, which start to listen when they are first given a state. */
export interface Implementation {
  /** @throws an Error that names the fix when it could never work here */
  check(): Promise<void>;
  egress(settings: EgressSettings): EgressGateway;
  ingress(settings: IngressSettings): IngressGateway;
}

/**
 * What an implementation can do beyond the least that is asked of it, which is to carry bytes between the right peers. The
 * conformance suite holds it to what it declares, and says which of its parts are left out for what it does not.
 */
export interface Capabilities {
  /** Ingress: reads the requests of HTTP exports and names the caller. Without, it returns them as not in force. */
  readonly http: boolean;
  /** Egress: connections of pooled routes share tunnels. Without, each has a tunnel of its own. */
  readonly pooling: boolean;
  /** Ingress: takes PROXY protocol headers. Without, `--proxy-protocol-from` is refused. */
  readonly proxyProtocol: boolean;
  /**
   * Ingress: lets clients without a certificate in, under the server name of invitations alone. Without, nobody can redeem
   * an invitation over this gateway.
   */
  readonly invitations: boolean;
  /** Keeps to the caps, and gives nobody so much that others find nothing left. */
  readonly caps: boolean;
  /** Egress: nothing of what a client says goes to a server before its SPIFFE ID is known. */
  readonly judgesFirst: boolean;
  /**
   * When a failure, a cut or a refusal arrives as a reset: `always`; or only `unanswered`, before the first byte from the
   * other side, after which it looks like the end of the data.
   */
  readonly resets: 'always' | 'unanswered';
}

/** A flag that only one implementation has. */
export interface OwnFlag {
  /** What stands for its value in the help text. */
  readonly value: string;
  readonly help: string;
}

/** An implementation as users choose it. */
export interface ImplementationEntry {
  /** What it is, in a few words of the help text. */
  readonly summary: string;
  readonly capabilities: Capabilities;
  /** By name, without dashes. */
  readonly flags: Readonly<Record<string, OwnFlag>>;
  /** @throws an Error that names the flag which cannot be as it is */
  make(flags: Readonly<Record<string, string | undefined>>): Implementation;
}
