import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import type { GatewayEvents } from '../events.js';
import { withHaproxy } from '../haproxy/implementation.js';
import type { Settings } from '../haproxy/settings.js';
import type { Cidr } from '../cidr.js';
import type { Address, EgressGateway, IngressGateway, ReportTo } from '../model.js';
import { createEgress } from '../node/egress.js';
import { createIngress } from '../node/ingress.js';
import type { Resolver } from '../resolve.js';

/** What every gateway is given; `address` is where it takes traffic, absent: everywhere. */
interface Common {
  readonly address?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: GatewayEvents;
}

/** A program that moves the bytes; it starts to listen when it is first given a state. */
export interface Implementation {
  /** Throws an Error that names the fix when it could never work here. */
  check(): Promise<void>;
  egress(
    options: Common & {
      readonly resolver: Resolver;
      readonly answering: (link: string) => readonly Address[];
    },
  ): EgressGateway;
  ingress(
    options: Common & {
      readonly port: number;
      /** The domain of our own services' DNS names. */
      readonly clusterDomain: string;
      /** Networks from which every connection begins with a PROXY protocol header. */
      readonly proxies: readonly Cidr[];
      readonly report: ReportTo;
    },
  ): IngressGateway;
}

const node: Implementation = {
  check: () => Promise.resolve(),
  egress: ({ address, ...options }) =>
    createEgress({ ...options, ...(address !== undefined && { host: address }) }),
  ingress: ({ address, report, ...options }) =>
    createIngress({ ...options, peerReport: report, ...(address !== undefined && { host: address }) }),
};

/** How HAProxy is found, where an implementation wants to know. */
export type HaproxySettings = Pick<Settings, 'directory' | 'command'>;

/** All implementations by the name that the flag `--implementation` gives. */
export const implementations: Readonly<Record<string, (haproxy: HaproxySettings) => Implementation>> = {
  node: () => node,
  haproxy: withHaproxy,
};

/** The implementation of that name; throws an Error that lists the known ones. */
export function implementationOf(name: string, haproxy: HaproxySettings = {}): Implementation {
  const make = Object.hasOwn(implementations, name) ? implementations[name] : undefined;
  if (make !== undefined) return make(haproxy);
  throw new Error(
    `no gateway implementation is called ${name}: use ${Object.keys(implementations).join(' or ')}`,
  );
}
