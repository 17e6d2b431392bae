import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { withHaproxy } from '../haproxy/implementation.js';
import type { Address, EgressGateway, IngressGateway, PeerReport } from '../model.js';
import { createEgress } from '../node/egress.js';
import { createIngress } from '../node/ingress.js';
import type { GatewayEvents } from '../events.js';
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
  egress(
    options: Common & {
      readonly resolver: Resolver;
      readonly answering: (link: string) => readonly Address[];
    },
  ): EgressGateway;
  ingress(
    options: Common & { readonly port: number; readonly report: (link: string) => PeerReport },
  ): IngressGateway;
}

const node: Implementation = {
  egress: ({ address, ...options }) =>
    createEgress({ ...options, ...(address !== undefined && { host: address }) }),
  ingress: ({ address, report, ...options }) =>
    createIngress({ ...options, peerReport: report, ...(address !== undefined && { host: address }) }),
};

/** All implementations by the name that the flag `--implementation` gives. */
export const implementations: Readonly<Record<string, Implementation>> = { node, haproxy: withHaproxy({}) };

/** The implementation of that name; throws an Error that lists the known ones. */
export function implementationOf(name: string): Implementation {
  const found = Object.hasOwn(implementations, name) ? implementations[name] : undefined;
  if (found !== undefined) return found;
  throw new Error(
    `no gateway implementation is called ${name}: use ${Object.keys(implementations).join(' or ')}`,
  );
}
