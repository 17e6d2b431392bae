import type { Caps } from '../../src/gateway/caps.js';
import type { Cidr } from '../../src/net/cidr.js';
import type { EgressGateway, IngressGateway } from '../../src/gateway/model.js';
import { createEgress } from '../../src/gateway/node/egress.js';
import { createIngress } from '../../src/gateway/node/ingress.js';
import { createResolver, type Resolver } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/log.js';
import type { Address } from '../../src/net/address.js';
import type { ReportTo } from '../../src/protocol/channel.js';

/** A gateway implementation under test: how both of its roles are started on loopback. */
export interface Implementation {
  /**
   * When a failure, a cut or a refusal arrives as a reset: `always`; or only `unanswered`, before the first byte from the
   * other side, after which it looks like the end of the data.
   */
  readonly resets: 'always' | 'unanswered';
  /** Egress: whether nothing is said to a server under the right CA and name before its SPIFFE ID is known. */
  readonly reserved: boolean;
  /** Ingress: whether it carries HTTP exports; who does not must refuse them. */
  readonly http: boolean;
  /** Egress: whether connections of pooled routes share tunnels. */
  readonly pools: boolean;
  egress(options: {
    readonly host: string;
    readonly caps?: Partial<Caps>;
    readonly resolver?: Resolver;
    readonly answering?: (link: string) => readonly Address[];
  }): EgressGateway;
  ingress(
    options: Bounds & {
      readonly host: string;
      readonly port: number;
      readonly proxies?: readonly Cidr[];
      readonly peerReport: ReportTo;
    },
  ): IngressGateway;
}

/** What an ingress gateway may be told of its limits. */
export interface Bounds {
  readonly caps?: Partial<Caps>;
  /** Milliseconds that a TLS handshake may take. */
  readonly handshakeTimeout?: number;
}

/** An implementation that is there on every machine; each must pass the suite on both sides, with every other on the opposite one. */
export const node: Implementation = {
  egress: (options) =>
    createEgress({
      ...{ log: silent, clock: systemClock, resolver: createResolver({ clock: systemClock }) },
      ...options,
    }),
  ingress: (options) => createIngress({ ...options, log: silent, clock: systemClock }),
  resets: 'always',
  reserved: true,
  http: false,
  pools: false,
};

/** Caller and exporter, by name. */
export interface Pairing {
  readonly name: string;
  readonly caller: Implementation;
  readonly exporter: Implementation;
}

/** The pairings that the suite runs over; whoever loads the suite with others sets them before. */
export let pairings: readonly Pairing[] = [{ name: 'node calls node', caller: node, exporter: node }];

/** Replaces the pairings, for test files that load the suite themselves. */
export function setPairings(others: readonly Pairing[]): void {
  pairings = others;
}

/** How a connection may end that was refused before anything came back. */
export const refusals: readonly string[] = ['ECONNRESET'];

/** How a connection may end that fails or is cut after something has come back. */
export function cuts({ caller, exporter }: Pairing): readonly string[] {
  return [caller, exporter].every(({ resets }) => resets === 'always') ? ['ECONNRESET'] : anyEnd;
}

const anyEnd = ['ECONNRESET', 'end', 'EPIPE', 'ENOTCONN'];
