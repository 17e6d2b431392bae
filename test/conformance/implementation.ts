import type { EgressGateway, IngressGateway, PeerReport } from '../../src/gateway/model.js';
import { createEgress } from '../../src/gateway/node/egress.js';
import { createIngress } from '../../src/gateway/node/ingress.js';
import { createResolver } from '../../src/gateway/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/log.js';

/** A gateway implementation under test: how both of its roles are started on loopback. */
export interface Implementation {
  egress(options: { readonly host: string }): EgressGateway;
  ingress(options: {
    readonly host: string;
    readonly port: number;
    readonly peerReport: (link: string) => PeerReport;
  }): IngressGateway;
}

/** Every implementation there is; each must pass the suite on both sides, with every other on the opposite one. */
export const implementations: Readonly<Record<string, Implementation>> = {
  node: {
    egress: (options) =>
      createEgress({
        ...options,
        log: silent,
        clock: systemClock,
        resolver: createResolver({ clock: systemClock }),
      }),
    ingress: (options) => createIngress({ ...options, log: silent, clock: systemClock }),
  },
};

/** Caller and exporter, by name. */
export interface Pairing {
  readonly name: string;
  readonly caller: Implementation;
  readonly exporter: Implementation;
}

/** Each implementation with each. */
export const pairings: readonly Pairing[] = Object.entries(implementations).flatMap(([callerName, caller]) =>
  Object.entries(implementations).map(([exporterName, exporter]) => ({
    name: `${callerName} calls ${exporterName}`,
    caller,
    exporter,
  })),
);
