/**
 * What a gateway is told, whatever implements it. Desired state only: an implementation takes the whole of it, makes
 * it so, and says when it is.
 */

import type { protocolVersion } from '../protocol/serviceid.js';
import type { PortMap } from './portmap.js';

/** A host (IP or DNS name) and port of a remote ingress gateway. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A leaf certificate with its chain and key, and the CAs of our own cluster; all PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** How a remote gateway is probed; times in milliseconds. */
export interface ProbeSpec {
  readonly period: number;
  readonly timeout: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

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

/** One route of an egress gateway: what arrives on a port goes to a label of a peer. */
export interface Route {
  readonly port: number;
  readonly link: string;
  /** `s-` + 40 hex; the server name is `<label>.<cluster>.mirror.internal`. */
  readonly label: string;
  /** Its connections speak HTTP and may share tunnels. An implementation may give each one of its own all the same. */
  readonly pooled?: true;
}

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

/** What a gateway makes of the bytes of an exported port. */
export type Protocol =
  /** Nothing: they pass as they are. */
  | { readonly kind: 'tcp' }
  /** It reads requests: each is told who calls, and if `host` is there, a Kubernetes name becomes that service's own. */
  | { readonly kind: 'http'; readonly host?: { readonly name: string; readonly namespace: string } };

/** One exported port of a service: the label that selects it, where it really is, and who may call it. */
export interface Export {
  readonly label: string;
  readonly target: Address;
  readonly protocol: Protocol;
  /** Links whose peer may call it. */
  readonly allow: ReadonlySet<string>;
}

/** All that an ingress gateway should do. */
export interface IngressState {
  /** Our own cluster's name. */
  readonly cluster: string;
  readonly identity: KeyPair;
  readonly peers: readonly Peer[];
  readonly exports: readonly Export[];
}

/** What `GET /v1/peer` on the peer channel answers to one caller. */
export interface PeerReport {
  readonly protocol: typeof protocolVersion;
  readonly cluster: string;
  readonly uid: string;
  /** Labels that this caller may reach, sorted. */
  readonly labels: readonly string[];
  /** SHA-256 fingerprints (hex, lower case) of the CAs that the peer accepts from this caller. */
  readonly caFingerprints: readonly string[];
  readonly addresses: readonly Address[];
}

/**
 * What the peer channel tells the peer of a link, whose caller says that it trusts CAs of ours with these fingerprints;
 * none when it does not say. Throws while there is nothing to tell.
 */
export type ReportTo = (link: string, trusts: readonly string[]) => PeerReport;

/** What one egress gateway sees of one link. */
export interface LinkReport {
  readonly healthy: boolean;
  /** Absent until the first probe has ended. */
  readonly reason?: 'Healthy' | 'ProbeFailed' | 'Unresolved';
  readonly message?: string;
  /** Addresses that answered last time, `host:port`. */
  readonly answering: readonly string[];
  /** The last good answer; it stays while the link is unhealthy. */
  readonly peer?: PeerReport;
}

/** What one egress gateway has made so; routes are keyed by port. */
export interface Applied {
  readonly routes: ReadonlyMap<number, { readonly link: string; readonly label: string }>;
  readonly links: ReadonlyMap<string, LinkReport>;
  /** The gateway has been told to stop: its address must leave all slices. */
  readonly draining: boolean;
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
