import assert from 'node:assert/strict';
import { serviceIdOf, serverName } from '../../src/protocol/serviceid.js';
import type {
  EgressState,
  Export,
  IngressSettings,
  IngressState,
  Protocol,
  Route,
} from '../../src/gateway/model.js';
import type { NotInForce } from '../../src/gateway/outcome.js';
import type { Caps } from '../../src/gateway/caps.js';
import { createResolver, type Resolver } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/log.js';
import type { Address } from '../../src/net/address.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { Peer } from '../../src/protocol/peer.js';
import type { PeerReport } from '../../src/protocol/report.js';
import { aCluster, type ClusterPki } from '../gen/pki.js';
import type { Pairing } from './pairings.js';
import { type Dialled, startDialled } from './dialled.js';
import { freePort } from './ports.js';

/** Two clusters with one gateway each: london calls, paris exports. */
export interface Pair extends AsyncDisposable {
  readonly london: ClusterPki;
  readonly paris: ClusterPki;
  readonly ingressPort: number;
  /** Live connections. */
  readonly connections: { egress(): number; ingress(): number };
  /** Exports a port of paris's loopback to these links, if paris carries the protocol, and routes to it; gives the port to call in london. */
  offer(
    name: string,
    target: number,
    allow?: readonly string[],
    protocol?: Protocol,
    pooled?: boolean,
  ): Promise<number>;
  /** What paris's gateway is told, as a change to what it was told last. @throws when a part of it is not in force */
  tellParis(change: Partial<ListedState>): Promise<void>;
  tellLondon(change: Partial<EgressState>): Promise<void>;
  /** The same, where a part may not come into force; gives such parts. */
  tryParis(change: Partial<ListedState>): Promise<readonly NotInForce[]>;
  tryLondon(change: Partial<EgressState>): Promise<readonly NotInForce[]>;
  exports(): readonly Export[];
  /** What london routes, in the order in which it was offered. */
  routes(): readonly Route[];
  /** Server name of what was offered under that name. */
  nameOf(name: string): string;
  stop(role: 'egress' | 'ingress', graceMs: number): Promise<void>;
  /** Where paris opens all connections: the part of both agents in that. */
  readonly between: Dialled | undefined;
}

/** How paris sees the link to london; london calls its own link `cluster-a`. */
export const londonLink = 'cluster-b';
const parisLink = 'cluster-a';
const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };

/** A peer as a gateway is told of it. */
export function aPeer(link: string, cluster: string, authority: KeyPair, port?: number): Peer {
  return {
    ...{ link, cluster, probe, caBundle: authority.ca },
    addresses: port === undefined ? [] : [{ host: '127.0.0.1', port }],
  };
}

function labelFor(name: string): string {
  return serviceIdOf({ namespace: 'default', name, port: 80 });
}

/** An ingress gateway's state whose exports are a list. */
export type ListedState = IngressState & { readonly exports: readonly Export[] };

/** What paris's gateway may be told. */
export type ExporterOptions = Pick<
  IngressSettings,
  'caps' | 'handshakeTimeout' | 'proxies' | 'catalog' | 'inviter'
>;

/** What may be other than usual. */
export interface PairOptions extends ExporterOptions {
  /** IP of everything. @default 127.0.0.1 */
  readonly host?: string;
  /** IP on which london's clients call. @default host */
  readonly front?: string;
  /** Where london looks for paris. @default where it is */
  readonly addresses?: (ingressPort: number) => readonly Address[];
  readonly resolver?: Resolver;
  /** Caps of london's gateway. */
  readonly callerCaps?: Partial<Caps>;
  /** The clusters' certificates. @default each under a CA of its own */
  readonly pki?: { readonly london: ClusterPki; readonly paris: ClusterPki };
  /** What london's probes would say. @default nothing */
  readonly answering?: () => readonly Address[];
}

/** Starts both gateways. */
export async function startPair(
  { caller, exporter, dialledIn = false }: Pick<Pairing, 'caller' | 'exporter' | 'dialledIn'>,
  {
    host = '127.0.0.1',
    front = host,
    addresses = (port) => [{ host, port }],
    resolver = createResolver({ clock: systemClock }),
    answering,
    callerCaps,
    pki,
    ...given
  }: PairOptions = {},
): Promise<Pair> {
  const [london, paris, ingressPort] = await Promise.all([
    pki?.london ?? aCluster('london'),
    pki?.paris ?? aCluster('paris'),
    freePort(host),
  ]);
  let told: ListedState = {
    cluster: 'paris',
    identity: paris.ingress,
    peers: [aPeer(londonLink, 'london', london.authority)],
    exports: [],
  };
  let asked: EgressState = {
    identity: london.egress,
    peers: [{ ...aPeer(parisLink, 'paris', paris.authority), addresses: addresses(ingressPort) }],
    routes: [],
  };
  const report = (link: string): PeerReport => ({
    ...{ protocol: 2, cluster: 'paris', uid: 'uid-of-paris', caFingerprints: [], addresses: [] },
    serviceIds: told.exports
      .filter(({ allow }) => allow.has(link))
      .map(({ serviceId }) => serviceId)
      .toSorted(),
  });
  const common = { clock: systemClock, log: silent };
  const ingress = exporter.ingress({ ...common, ...given, address: host, port: ingressPort, report });
  const egress = caller.egress({
    ...{ ...common, address: front, resolver },
    ...(answering && { answering }),
    ...(callerCaps && { caps: callerCaps }),
  });
  const between = dialledIn
    ? await startDialled({ host, link: parisLink, caller: 'london', exporter: 'paris', ingressPort })
    : undefined;
  const tryParis = async (change: Partial<ListedState>) => {
    const missing = await ingress.apply((told = { ...told, ...change }));
    between?.tellExporter(told);
    await between?.settled();
    return missing;
  };
  const tryLondon = async (change: Partial<EgressState>) => {
    asked = { ...asked, ...change };
    const { peers, identity } = asked;
    if (between === undefined) return egress.apply(asked);
    const missing = await egress.apply({ ...asked, peers: await between.forCaller(peers, identity) });
    await between.settled();
    return missing;
  };
  const tellParis = async (change: Partial<ListedState>) => assert.deepEqual(await tryParis(change), []);
  const tellLondon = async (change: Partial<EgressState>) => assert.deepEqual(await tryLondon(change), []);
  await Promise.all([tellParis({}), tellLondon({})]);
  return {
    ...{ london, paris, ingressPort, between, tellParis, tellLondon, tryParis, tryLondon },
    connections: { egress: () => egress.connections(), ingress: () => ingress.connections() },
    exports: () => told.exports,
    routes: () => [...asked.routes.values()],
    nameOf: (name) => serverName(labelFor(name), 'paris'),
    async offer(name, target, allow = [londonLink], protocol = { kind: 'tcp' }, pooled = false) {
      const serviceId = labelFor(name);
      const port = await freePort(front);
      const exported = { serviceId, target: { host, port: target }, protocol, allow: new Set(allow) };
      const missing = await tryParis({ exports: [...told.exports, exported] });
      // what does not carry the protocol says so, and refuses who asks for it
      assert.ok(missing.every(({ reason }) => reason === 'ProtocolUnsupported'));
      await tellLondon({
        routes: [...asked.routes.values(), { port, link: parisLink, serviceId, ...(pooled && { pooled }) }],
      });
      return port;
    },
    stop: (role, graceMs) => (role === 'egress' ? egress : ingress).close(graceMs),
    async [Symbol.asyncDispose]() {
      await Promise.all([egress.close(0), ingress.close(0)]);
      between?.close();
    },
  };
}
