import type { Socket } from 'node:net';
import { createDialIn, type DialIn } from '../../src/gateway/reverse/dialin.js';
import { createDialOut, type DialOut } from '../../src/gateway/reverse/dialout.js';
import { createResolver } from '../../src/net/resolve.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { Peer } from '../../src/protocol/peer.js';
import { systemClock, type Clock } from '../../src/runtime/clock.js';
import { silent, type Log } from '../../src/runtime/log.js';
import { call } from '../conformance/client.js';
import { freePort } from '../conformance/ports.js';
import { aCluster } from './pki.js';

/** The hub, the edge, and a cluster that is neither. */
export const [hub, edge, stranger] = await Promise.all([
  aCluster('hub'),
  aCluster('edge'),
  aCluster('stranger'),
]);

/** How the hub calls its Link to the edge. */
export const edgeLink = 'to-edge';
/** How the edge calls its Link to the hub. */
export const hubLink = 'to-hub';

const common = {
  addresses: [],
  probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
};

/** The edge as the hub knows it. */
export function anEdge(authority: KeyPair = edge.authority, more: Partial<Peer> = {}): Peer {
  return { ...common, link: edgeLink, cluster: 'edge', caBundle: authority.ca, dialsIn: true, ...more };
}

/** The hub as the edge knows it. @param ports where it takes what is dialled */
export function aHub(ports: readonly number[], authority: KeyPair = hub.authority): Peer {
  const dialAt = ports.map((port) => ({ host: '127.0.0.1', port }));
  return { ...common, link: hubLink, cluster: 'hub', caBundle: authority.ca, dialAt };
}

/** What may be other than usual. */
export interface HubOptions {
  readonly clock?: Clock;
  readonly pod?: string;
  readonly target?: number;
  /** @default any free one */
  readonly port?: number;
  readonly log?: Log;
}

/** A log that keeps what it is told, one text a line. */
export function keptLog(): Log & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const keep = (message: string, fields: { readonly error?: Error; readonly reason?: string } = {}) =>
    void lines.push(`${message}: ${fields.error?.message ?? fields.reason ?? ''}`);
  const log = { ...silent, lines, debug: keep, info: keep, warn: keep, error: keep };
  return { ...log, child: () => log };
}

/** An egress gateway's part of the hub. */
export interface Hub extends DialIn, AsyncDisposable {
  /** Where it is dialled. */
  readonly at: number;
  /** Connects to the edge as the egress gateway does. */
  call(): Socket;
  /** How often it has said that something has changed. */
  changes(): number;
}

/** An egress gateway's part of the hub, which knows the edge. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const { clock = systemClock, pod = 'hub-0', target = 4, log = silent } = options;
  let changes = 0;
  const at = options.port ?? (await freePort());
  const dialIn = createDialIn({
    ...{ clock, log, pod, address: '127.0.0.1', port: at, target },
    onChange: () => changes++,
  });
  const { peers } = await dialIn.update([anEdge()], hub.egress);
  return {
    ...dialIn,
    at,
    changes: () => changes,
    call: () => call(peers[0]!.addresses[0]!.port),
    async [Symbol.asyncDispose]() {
      dialIn.close();
    },
  };
}

/** An ingress gateway's part of the edge, which knows nobody yet. @param own the port of its own ingress gateway */
export function startEdge(own: number, options: HubOptions = {}): DialOut & Disposable {
  const { clock = systemClock, pod = 'edge-0', log = silent } = options;
  const dialOut = createDialOut({
    ...{ clock, log, pod, resolver: createResolver({ clock }) },
    ingress: { host: '127.0.0.1', port: own, proxies: [] },
  });
  return { ...dialOut, [Symbol.dispose]: () => dialOut.close() };
}

/** The edge's own name and certificate. */
export const edgeOwn = { cluster: 'edge', identity: edge.ingress };
