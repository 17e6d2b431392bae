import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, isIP, type Server, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls';
import { createUsableIdentity } from '../../../src/gateway/identity.js';
import type { EgressGateway, EgressSettings, EgressState, Route } from '../../../src/gateway/model.js';
import { bundleRefused, type NotInForce, nowhereToDial, portRefused } from '../../../src/gateway/outcome.js';
import { type Arrival, chooseDestination, isAstray, routesByPort } from '../../../src/gateway/ports.js';
import { dialable } from '../../../src/net/target.js';
import { chainOf } from '../../../src/pki/chain.js';
import { tlsOptions } from '../../../src/pki/context.js';
import { identify, type Trust, trustPeers } from '../../../src/pki/verify.js';
import type { Peer } from '../../../src/protocol/peer.js';
import { serverName } from '../../../src/protocol/serviceid.js';
import { carry, type End, Live, reset } from './carry.js';

/** What a connection was let in for. */
interface Right extends Arrival {
  readonly cluster: string;
}

/** A peer with what its certificates are verified by. */
interface Callee {
  readonly peer: Peer;
  readonly ca: string;
  readonly trust: Trust;
}

/** An egress gateway on node:net and node:tls that carries bytes and bounds nothing. */
export function createEgress({
  address,
  clock,
  resolver,
  answering = () => [],
}: EgressSettings): EgressGateway {
  const usable = createUsableIdentity();
  const servers = new Map<number, Server>();
  const live = new Live<Right>();
  let own: EgressState['identity'] | undefined;
  let callees: ReadonlyMap<string, Callee> = new Map();
  let routes: ReadonlyMap<number, Route> = new Map();

  async function take(port: number, client: Socket): Promise<void> {
    const near = { stream: client, below: client.on('error', () => {}) };
    const route = routes.get(port);
    const { link = '', serviceId = '' } =
      route === undefined ? {} : chooseDestination(route, canCall, Math.random);
    const callee = callees.get(link);
    if (callee === undefined) return reset(near);
    live.add(near, { port, link, serviceId, cluster: callee.peer.cluster });
    const far = await dial(callee, serverName(serviceId, callee.peer.cluster));
    if (far === undefined || client.destroyed) reset(near);
    if (far !== undefined) carry(near, far);
  }

  function canCall(link: string): boolean {
    return (callees.get(link)?.peer.addresses.length ?? 0) > 0;
  }

  /** The first address that answers; those that answered the last probe are tried first. */
  async function dial({ peer, ca, trust }: Callee, servername: string): Promise<End | undefined> {
    const good = new Set(answering(peer.link).map(({ host, port }) => `${host} ${port}`));
    const endpoints = peer.addresses.map(async ({ host, port }) => {
      const ips = isIP(host) ? [host] : await resolver.resolve(host).catch(() => []);
      return dialable(host, ips, peer.published).map((ip) => ({ host: ip, port }));
    });
    const all = (await Promise.all(endpoints)).flat().sort(() => Math.random() - 0.5);
    const isGood = ({ host, port }: { host: string; port: number }) => good.has(`${host} ${port}`);
    for (const to of all.toSorted((a, b) => Number(isGood(b)) - Number(isGood(a)))) {
      const below = connectTcp({ ...to, allowHalfOpen: true, noDelay: true }).on('error', () => {});
      const stream = connectTls({
        ...tlsOptions(own!, [ca]),
        ...{ socket: below, servername },
        checkServerIdentity: (name, shown) => whyNot(name, shown, trust),
      }).on('error', () => below.destroy());
      if (await once(stream, 'secureConnect', { signal: AbortSignal.timeout(10_000) }).catch(() => false))
        return { stream, below };
      below.destroy();
    }
    return undefined;
  }

  /** Why a server is not the peer; node:tls has verified its chain. */
  function whyNot(name: string, shown: PeerCertificate, trust: Trust): Error | undefined {
    const isNamed = new X509Certificate(shown.raw).checkHost(name, { subject: 'never' }) !== undefined;
    const who = identify(chainOf(shown as DetailedPeerCertificate), trust, new Date(clock.now()));
    return isNamed && !('refusal' in who) ? undefined : new Error('not the peer');
  }

  async function open(port: number): Promise<NotInForce | undefined> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void take(port, client));
    servers.set(port, server.listen(port, address));
    const failure = await once(server, 'listening').then(
      () => undefined,
      () => portRefused(port),
    );
    if (failure !== undefined) servers.delete(port);
    return failure;
  }

  return {
    async apply({ identity, peers, routes: wanted, ended }) {
      const { identity: usableNow, missing } = usable(identity);
      own = usableNow;
      const now = new Map<string, Callee>();
      const lost: (NotInForce | undefined)[] = [...missing];
      for (const peer of peers) {
        const { trust, bundles, distrusted } = trustPeers([peer], new Date(clock.now()));
        lost.push(...distrusted.map(({ link, error }) => bundleRefused(link, error)));
        if (distrusted.length === 0) now.set(peer.link, { peer, trust, ca: bundles.get(peer.link) ?? '' });
        if (peer.addresses.length === 0) lost.push(nowhereToDial(peer.link));
      }
      callees = now;
      routes = routesByPort(wanted);
      const isPeer = (right: Right) =>
        peers.some(({ link, cluster }) => link === right.link && cluster === right.cluster);
      live.cut((right) => !isPeer(right) || isAstray(right, { routes, ended }));
      for (const [port, server] of servers) {
        if (routes.has(port)) continue;
        servers.delete(port);
        server.close();
      }
      const closed = [...routes.keys()].filter((port) => !servers.has(port));
      lost.push(...(await Promise.all(closed.map(open))));
      return lost.filter((part) => part !== undefined);
    },
    connections: () => live.size,
    async close(graceMs) {
      for (const server of servers.values()) server.close();
      await live.drain(graceMs, clock);
    },
  };
}
