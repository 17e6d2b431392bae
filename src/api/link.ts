import type { Condition, KubeObject, LabelSelector } from './objects.js';

/** How a link carries traffic. */
export type Transport = 'gateway' | 'linkerd' | 'flat';

/** An address of the remote gateway: an IP or a host name, and a port. */
export class GatewayAddress {
  host!: string;
  port: number = 4143;
}

/** How the remote gateway is probed; durations like `3s` or `500ms`. */
export class Probe {
  period: string = '3s';
  timeout: string = '2s';
  failureThreshold: number = 3;
  successThreshold: number = 1;
  /** Transport linkerd only. */
  path: string = '/ready';
  /** Transport linkerd only. */
  port: number = 4191;
}

/** How to reach the remote cluster's gateway; what is absent is learned from what the remote cluster publishes. */
export class LinkGateway {
  addresses?: GatewayAddress[];
  /** Transport linkerd: the TLS identity of the remote Linkerd gateway. */
  identity?: string;
  probe?: Probe;
}

/** What this cluster takes from the remote one. */
export class Imports {
  /** Which remote services are watched; absent: all that the credentials may read. */
  selector?: LabelSelector;
  /** One list and watch per namespace, for grants that are not cluster-wide; empty: all. */
  remoteNamespaces?: string[];
  /** Local namespaces that may hold mirrors of this link; absent: all. */
  namespaces?: LabelSelector;
  /** Same: only from the remote namespace of the mirror's own name. Any: from any. */
  namespaceMapping: 'Same' | 'Any' = 'Same';
  excludedLabels?: string[];
  excludedAnnotations?: string[];
}

/** What the remote cluster may reach here, through our ingress gateway. */
export class Exports {
  services?: LabelSelector;
  /** Spelled out in place of `services`. */
  all?: boolean;
  namespaces?: LabelSelector;
  allowSelectorless: boolean = false;
}

/** Pins who the other side is (transport gateway). */
export class Peer {
  /** The other cluster's own name. */
  cluster!: string;
  /** PEM certificates. */
  caBundle!: string;
}

/** How to reach another cluster. */
export class LinkSpec {
  /** Secret in the operator's namespace; absent: an export-only Link. */
  credentialsSecretRef?: SecretRef;
  clusterDomain: string = 'cluster.local';
  transport: Transport = 'gateway';
  imports?: Imports;
  exports?: Exports;
  gateway?: LinkGateway;
  peer?: Peer;
}

/** Names a Secret of the operator's namespace. */
export class SecretRef {
  name!: string;
}

/** What the operator says of a Link: conditions have two writers, one per type (links, health). */
export interface LinkStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  gateway?: { addresses?: string[]; display?: string };
  mirrors?: { total: number; ready: number; display: string };
  peer?: { cluster?: string; uid?: string; caFingerprints?: string[] };
  remoteVersion?: string;
}

/** A Link as the API server stores it. */
export interface Link extends KubeObject {
  spec: LinkSpec;
  status?: LinkStatus;
}
