import type { Socket } from 'node:net';
import { createSerial } from '../../runtime/serial.js';
import { serverName } from '../../protocol/serviceid.js';
import { trustPeers } from '../../pki/verify.js';
import { createContextCache } from '../../pki/context.js';
import { allowance, capsOf, filesToOpen } from '../caps.js';
import { createUsableIdentity } from '../identity.js';
import type { EgressGateway, EgressSettings, EgressState, Route } from '../model.js';
import { bundleRefused, type NotInForce, nowhereToDial } from '../outcome.js';
import { type Arrival, chooseDestination, isAstray, routesByPort } from '../ports.js';
import { createPeerReading } from '../readpeers.js';
import { sourceOf } from '../source.js';
import { type Refusal, uncounted } from '../events.js';
import { type Destination, dial, type DialOptions } from './dial.js';
import { createListeners } from './listeners.js';
import { createSessions } from '../tcp/sessions.js';
import { plainEnd, splice, tlsEnd } from '../tcp/splice.js';
import { createShares } from '../tcp/shares.js';

/** Milliseconds in which an address of a peer must take a connection. */
const connectTimeout = 2_000;

/** The grant of a session. */
interface Called extends Arrival {
  readonly peer: string;
}

interface Caller extends Destination {
  readonly cluster: string;
}

/** An egress gateway on node:net and node:tls: one listener per route, one TLS connection per client connection. */
export function createEgress(given: EgressSettings): EgressGateway {
  const { log, clock, resolver, events = uncounted } = given;
  const { random } = Math;
  const dialling: DialOptions = {
    ...{ clock, resolver, connectTimeout, random },
    answering: given.answering ?? (() => []),
    handshakeTimeout: given.handshakeTimeout ?? 10_000,
  };
  const files = filesToOpen();
  const places = createShares(allowance.ofLink);
  const sessions = createSessions<Called>(clock);
  const contexts = createContextCache();
  const usable = createUsableIdentity();
  const trusted = createPeerReading(clock, (peers, now) =>
    peers.map((peer) => [peer, trustPeers([peer], now)] as const),
  );
  const listeners = createListeners(given.address, (port, socket) => {
    accept(port, socket).catch((error: unknown) => {
      plainEnd(socket).reset();
      log.error('connection failed', { error });
    });
  });
  const inTurn = createSerial();
  let callees: ReadonlyMap<string, Caller> = new Map();
  let wanted: ReadonlyMap<number, Route> = new Map();
  let caps = capsOf(given.caps ?? {}, files);
  let closing = false;

  async function apply(state: EgressState): Promise<readonly NotInForce[]> {
    if (closing) throw new Error('the egress gateway was closed');
    const read = readPeers(state);
    callees = read.callees;
    contexts.keep(new Set(callees.keys()));
    const peers = new Set(state.peers.map(peerOf));
    // before the listeners, so that the first client of a new port finds its route
    wanted = routesByPort(state.routes);
    caps = capsOf(given.caps ?? {}, files - wanted.size);
    const allowed = { routes: wanted, ended: state.ended };
    sessions.cut(({ peer, ...arrival }) => !peers.has(peer) || isAstray(arrival, allowed));
    return [...read.missing, ...(await listeners.set(wanted))];
  }

  function readPeers({ identity, peers }: EgressState) {
    const result = new Map<string, Caller>();
    const missing: NotInForce[] = [];
    const own = usable(identity);
    for (const [{ link, cluster, addresses, published }, { trust, bundles, distrusted }] of trusted(peers)) {
      const where = { addresses, ...(published && { published }) };
      missing.push(...distrusted.map(({ error }) => bundleRefused(link, error)));
      if (distrusted.length > 0) continue;
      if (addresses.length === 0) missing.push(nowhereToDial(link));
      const context = contexts.get(link, own.identity, bundles.get(link) ?? '');
      result.set(link, { link, cluster, ...where, trust, context });
    }
    return { callees: result, missing: [...own.missing, ...missing] };
  }

  function canCall(link: string): boolean {
    return (callees.get(link)?.addresses.length ?? 0) > 0;
  }

  async function accept(port: number, client: Socket): Promise<void> {
    const near = plainEnd(client);
    client.on('error', () => {});
    const route = wanted.get(port);
    const chosen = route && chooseDestination(route, canCall, random);
    const callee = chosen && callees.get(chosen.link);
    if (!chosen || !callee) return refuse('NoPeer');
    if (callee.addresses.length === 0) return refuse('NoAddress');
    const { link, serviceId } = chosen;
    const source = sourceOf(client.remoteAddress ?? '');
    const leave = sessions.size < caps.connections ? places.take(link, source, caps.perLink) : undefined;
    if (leave === undefined) return refuse('TooMany');

    const gone = new AbortController();
    const end = sessions.open({ peer: peerOf(callee), port, link, serviceId }, () => {
      gone.abort(new Error('the gateway stops'));
      near.reset();
    });
    client.once('close', () => gone.abort(new Error('the client left')));
    try {
      const servername = serverName(serviceId, callee.cluster);
      const { socket, below } = await dial({ callee, servername }, dialling, gone.signal);
      events.opened(link);
      await splice(near, tlsEnd(socket, below));
      events.moved(link, { sent: client.bytesRead, received: client.bytesWritten });
      events.closed(link);
    } catch (error) {
      if (!gone.signal.aborted) refuse('PeerUnreachable', error);
    } finally {
      end();
      leave();
    }

    function refuse(reason: Refusal, error?: unknown): void {
      near.reset();
      events.refused(reason, chosen?.link);
      log.debug('connection refused', { port, reason, chosen, error });
    }
  }

  return {
    apply: (state) => inTurn(() => apply(state)),
    connections: () => sessions.size,
    async close(graceMs) {
      closing = true;
      await inTurn(() => listeners.set(new Map()));
      await sessions.drained(graceMs);
      sessions.cut(() => true);
    },
  };
}

/** The peer of a session: a link that stands for another cluster now stands for another peer. */
function peerOf({ link, cluster }: { readonly link: string; readonly cluster: string }): string {
  return `${link} ${cluster}`;
}
