import type { Condition, KubeObject } from './objects.js';

/** The remote service of a mirror. */
export class RemoteServiceRef {
  name!: string;
  /** Defaults to the ServiceMirror's own namespace. */
  namespace?: string;
}

/** What a user asks for: one service of one linked cluster, under a local name. */
export class ServiceMirrorSpec {
  /** Name of a Link. */
  cluster!: string;
  service!: RemoteServiceRef;
  /** Name of the local Service; defaults to the remote one's. Immutable. */
  name?: string;
  /** A subset of the remote ports, by name or number; absent: all. */
  ports?: (string | number)[];
}

/** One mirrored port; `gatewayPort` is the port allocated on the egress gateway (transport gateway only). */
export interface MirroredPort {
  name?: string;
  port: number;
  protocol: string;
  gatewayPort?: number;
}

/** What the operator says of a mirror; written by the status controller alone. */
export interface ServiceMirrorStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  service?: { name: string; clusterIP?: string };
  source?: { cluster: string; namespace: string; name: string; display: string };
  ports?: MirroredPort[];
  endpoints?: { ready: number; total: number; display: string };
}

/** A ServiceMirror as the API server stores it. */
export interface ServiceMirror extends KubeObject {
  spec: ServiceMirrorSpec;
  status?: ServiceMirrorStatus;
}
