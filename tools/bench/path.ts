import { egressPorts } from '../../src/api/names.js';
import type { ClusterPki } from '../clusters/identities.js';
import { addresses, ports } from './network.js';
import type { Nginx } from './nginx/program.js';
import type { PathName, Plan } from './options.js';
import type { Start } from './process.js';
import type { Tree } from './usage.js';

/** Programs, as the machine has them. */
export interface Programs {
  readonly load: string;
  readonly haproxy: string;
  /** HAProxy on AWS-LC, where a path is of it. */
  readonly awsLc?: string;
  readonly nginx: Nginx;
}

/** What paths are made with. */
export interface Lab {
  readonly start: Start;
  readonly cpus: { readonly load: string; readonly gateways: string };
  readonly programs: Programs;
  readonly plan: Plan;
  /** London calls, Paris answers. */
  readonly london: ClusterPki;
  readonly paris: ClusterPki;
  /** A folder in memory. */
  readonly folder: string;
}

/** Where clients connect to. */
export interface Target {
  readonly host: string;
  readonly first: number;
  readonly last: number;
}

/** A way from a client to the backend that is there and works. */
export interface Path {
  readonly name: PathName;
  readonly target: Target;
  /** Without: there are no gateways. */
  readonly gateways?: { readonly egress: Tree; readonly ingress: Tree };
}

/** Straight to the backend. */
export const direct: Path = {
  name: 'direct',
  target: { host: addresses.backend, first: ports.backend, last: ports.backend },
};

/** The ports of an egress gateway on an address. */
export function routed(host: string, { mirrors }: Pick<Plan, 'mirrors'>): Target {
  return { host, first: egressPorts.first, last: egressPorts.first + mirrors - 1 };
}
