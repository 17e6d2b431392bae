import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Namespace,
  Service,
  ServicePort,
} from '../api/objects.js';
import { backendsOfStatus, isSameService, type NonEmpty, type RemoteService } from '../api/backends.js';
import type { Link, Transport } from '../api/link.js';
import type { MirroredPort, ServiceMirror } from '../api/servicemirror.js';
import type { MirrorReason } from '../api/conditions.js';
import type { Family } from '../endpoints/family.js';
import type { Reach } from '../endpoints/reach.js';

/** After this time (ms) without contact, a mirror says so in its conditions. */
export const patience = 60_000;

/**
 * How long (ms) a mirror goes on as if there were contact; undefined: there is contact, 0 or less: it is over. All ask
 * here: two ways of computing it may differ by a rounding error, and then nobody would look again.
 */
export function patienceLeft(remote: RemoteView | undefined, monotonic: number): number | undefined {
  return remote?.failingSince === undefined ? undefined : remote.failingSince + patience - monotonic;
}

/** A reason other than the good one, with a message for people. */
export interface Reason {
  readonly reason: MirrorReason;
  readonly message: string;
}

/** The remote cluster as this cluster sees it through one Link. */
export interface RemoteView {
  /**
   * Whether the caches have been complete at least once since this process started; before that, nothing may be
   * called absent.
   */
  readonly synced: boolean;
  /** The monotonic time (ms) since which every attempt to reach the remote API server has failed; absent: in contact. */
  readonly failingSince?: number;
  readonly service?: Readonly<Service>;
  readonly slices: readonly Readonly<EndpointSlice>[];
}

/** Why our own API server refuses a write, by kind of object. */
export interface Refused {
  readonly service?: string;
  readonly slices?: string;
}

/** A mirror and what this cluster has of it, gathered at one instant. */
export interface MirrorView {
  readonly mirror: Readonly<ServiceMirror>;
  /** Problems of the spec that the schema did not catch; empty: the spec is sound. */
  readonly problems: readonly string[];
  readonly namespace?: Readonly<Namespace>;
  /** The local Service of the wanted name, whatever its owner. */
  readonly local?: Readonly<Service>;
  /** The slices that we wrote for this mirror. */
  readonly slices: readonly Readonly<EndpointSlice>[];
  /** Address families that this cluster's API server has refused for Services. @default none */
  readonly absentFamilies?: readonly Family[];
  /** It is a federated mirror whose remote clusters are all reached over transport linkerd. @default false */
  readonly isMeshed?: boolean;
}

/** The mirror of one pod of a headless service, which has a ClusterIP under the pod's host name. */
export interface PodMirror {
  readonly hostname: string;
  /** Its name, and that of its Service. */
  readonly name: string;
  /** Absent: it is not made yet, or its name is taken. */
  readonly mirror?: Readonly<ServiceMirror>;
  /** Its Service; absent: there is none yet, or that of the name is somebody else's. */
  readonly service?: Readonly<Service>;
  /** A ServiceMirror of that name which somebody else has made. */
  readonly isTaken: boolean;
  /** Whether a pod has that host name now. */
  readonly isThere: boolean;
}

/** A mirror and what is seen of one of its backends; the slices are those of this backend. */
export interface BackendView extends MirrorView {
  /** The remote service. */
  readonly backend: RemoteService;
  readonly link?: Readonly<Link>;
  /** Why the Link of that name cannot be used; empty: there is no such Link, or it is sound. */
  readonly linkProblems: readonly string[];
  /** Absent: no attempt to connect has been made yet, or none is possible (no Link, or no credentials). */
  readonly remote?: RemoteView;
  /** Egress ports that lead to this backend, by service port (transport gateway). */
  readonly gatewayPorts: ReadonlyMap<number, number>;
  /** The mirrors of its pods, one for each host name; absent: it needs none, or it is not known which. */
  readonly pods?: readonly PodMirror[];
}

/** One backend of a mirror, which is a service of one cluster: what is seen of it, and what follows. */
export interface Backend {
  readonly view: BackendView;
  readonly source: RemoteSource;
  /** Why it may not serve the mirror; undefined: it may. */
  readonly notAccepted: Reason | undefined;
  /** Undefined: the Link is not known. */
  readonly limits: TransportLimits | undefined;
  readonly metadata: TransportMetadata | undefined;
  /** The address families of its endpoints; undefined: not known, or irrelevant. */
  readonly families: readonly Family[] | undefined;
  /** Milliseconds in which its gateway answers; 0: it is this cluster; undefined: not known. */
  readonly distance?: number;
  /** Undefined: the transport was not asked. */
  readonly answer: TransportAnswer | undefined;
}

/** The input of all decisions about one mirror. */
export interface MirrorInput {
  readonly view: MirrorView;
  readonly backends: NonEmpty<Backend>;
}

/**
 * What is known of the remote service. `live`: from the remote API server. `remembered`: from the local Service and
 * the status, while the remote cluster cannot be seen. `absent`: a synced cache does not have it. `unknown`:
 * otherwise.
 */
export type RemoteSource =
  | (Reach & {
      readonly kind: 'live' | 'remembered';
      /** The mirrored ports, in the remote order. */
      readonly ports: readonly ServicePort[];
      readonly headless: boolean;
      readonly service?: Readonly<Service>;
      readonly slices: readonly Readonly<EndpointSlice>[];
    })
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/** A source whose service is known. */
export type KnownSource = Extract<RemoteSource, { kind: 'live' | 'remembered' }>;

/** A source if its service is known; undefined: it is not. */
export function knownSource(source: RemoteSource): KnownSource | undefined {
  return source.kind === 'live' || source.kind === 'remembered' ? source : undefined;
}

/** The part of a slice that a transport decides. */
export interface SliceContent {
  readonly addressType: EndpointSlice['addressType'];
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly EndpointPort[];
}

/** The answer of a transport for one mirror: keep the present slices, or the desired endpoints. */
export type TransportAnswer =
  | ({ readonly kind: 'keep' } & Reason)
  | {
      readonly kind: 'endpoints';
      readonly slices: readonly SliceContent[];
      /** Absent: a connection made now reaches a ready remote pod, as far as this cluster can know. */
      readonly notReady?: Reason;
      /** A limit that users should know while everything works. */
      readonly remark?: string;
      /** Clients find the endpoints themselves, so there are no slices. @default false */
      readonly discovered?: boolean;
    };

/** What a transport can and cannot carry. */
export interface TransportLimits {
  readonly transport: Transport;
  readonly protocols: readonly string[];
  readonly headless: boolean;
  readonly sessionAffinity: boolean;
}

/** Whether a port of that protocol can travel; an absent protocol is TCP. */
export function carries(limits: TransportLimits, protocol: string | undefined): boolean {
  return limits.protocols.includes(protocol ?? 'TCP');
}

/** Metadata that a transport adds for readers of its mirrors (Linkerd's proxies and tools). */
export interface TransportMetadata {
  /** For the Service and every slice. */
  readonly labels: Readonly<Record<string, string>>;
  /** For the Service and every slice. */
  readonly annotations: Readonly<Record<string, string>>;
  /** For the slices alone. */
  readonly sliceAnnotations: Readonly<Record<string, string>>;
}

/**
 * What is being deleted: then nothing new is made for the mirror, and existing objects are kept up to date until they
 * go.
 */
export function goingOf({ mirror, namespace }: Pick<MirrorView, 'mirror' | 'namespace'>): string | undefined {
  const { name, deletionTimestamp } = mirror.metadata;
  if (deletionTimestamp !== undefined) return `ServiceMirror "${name}"`;
  return namespace?.metadata.deletionTimestamp === undefined
    ? undefined
    : `namespace "${namespace.metadata.name}"`;
}

/** Whether the status of a mirror may be about that service: a status of an old version does not name any. */
export function mayTellOf(mirror: Readonly<ServiceMirror>, backend: RemoteService): boolean {
  const told = backendsOfStatus(mirror);
  return told.length === 0 || told.some((one) => isSameService(one, backend));
}

/** Name of the local Service. */
export function localName(mirror: Readonly<ServiceMirror>): string {
  return mirror.spec.name ?? mirror.spec.service.name;
}

/** A port in the form of the status. */
export function mirroredPort(port: ServicePort, gatewayPort: number | undefined): MirroredPort {
  return {
    ...(port.name !== undefined && { name: port.name }),
    port: port.port,
    protocol: port.protocol ?? 'TCP',
    ...(gatewayPort !== undefined && { gatewayPort }),
  };
}
