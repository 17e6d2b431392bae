import type { Socket } from 'node:net';
import { createContextCache } from '../../pki/context.js';
import type { KeyPair } from '../../pki/keypair.js';
import { identify, trustPeers, type Trust } from '../../pki/verify.js';
import type { Preface } from '../../protocol/dialpreface.js';
import type { Peer } from '../../protocol/peer.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import type { NotInForce } from '../outcome.js';
import { createTally } from '../../runtime/tally.js';
import type { End } from '../tcp/splice.js';
import { holdControl, type HubControl } from './hubcontrol.js';
import { createJoining } from './joining.js';
import { carry, loopbackHost, openLoopback, type Loopback } from './loopback.js';
import { createPool, NoSpareError, type Pool } from './pool.js';
import { createPort, prefaceTimeout } from './port.js';
import { createTokens } from './tokens.js';

/** Takes what peers dial that open all connections themselves, for an egress gateway of any implementation. */
export interface DialIn {
  /**
   * The peers as the egress gateway is to dial them: one that dials in has an address on this host. Forgets all other
   * peers: their spares and connections end. A peer for which there is no port is among the missing parts.
   */
  update(peers: readonly Peer[], identity: KeyPair): Promise<Dialling>;
  /** Gateway pods of a link's peer that have dialled in; undefined: that peer does not dial in. */
  members(link: string): number | undefined;
  /** Joins a connection to the ingress gateway of a link's peer. @throws when that is not reached; it is reset then */
  carry(link: string, near: End): Promise<void>;
  /** The port that is listened on; 0: none. */
  port(): number;
  close(): void;
}

/** The peers as they are to be dialled, and what could not be had for that. */
export interface Dialling {
  readonly peers: readonly Peer[];
  readonly missing: readonly NotInForce[];
}

/** Options of {@link createDialIn}. */
export interface DialInOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process among those of its role. */
  readonly pod: string;
  /** @default all */
  readonly address?: string;
  readonly port: number;
  /** Called when the number of members of some link has changed. */
  readonly onChange: () => void;
  /** @default Math.random */
  readonly random?: () => number;
  /** Spares that are kept of each peer. @default 32 */
  readonly target?: number;
}

/** Milliseconds for which a client waits for a spare. */
const patience = 2_000;

/** Most gateway pods of one peer. */
const mostMembers = 16;

/** Most control connections of one peer: a pod also opens some to look for pods of ours that it does not know. */
const mostControls = 4 * mostMembers;

/** How often gateway pods of one peer may dial in: each time is logged, and told to the operator. */
const openRate = { burst: 4 * mostMembers, everyMs: 1_000 };

interface Entry {
  readonly cluster: string;
  readonly pool: Pool;
  readonly loopback: Loopback;
  readonly controls: Set<HubControl>;
  /** Connections whose control handshake is under way. */
  readonly pending: Set<Socket>;
  peer: Peer;
  trust: Trust;
  bundle: string;
  /** The peer as it is dialled. */
  local: Peer;
}

/** Listens on nothing before a peer dials in. */
export function createDialIn(options: DialInOptions): DialIn {
  const { clock, log, pod, address, onChange, random = Math.random, target = 32 } = options;
  const tokens = createTokens(clock);
  const joining = createJoining(clock);
  const contexts = createContextCache();
  const entries = new Map<string, Entry>();
  let identity: KeyPair | undefined;
  const held = createTally(mostControls);
  const opens = createPace(openRate, clock);
  const port = createPort({ clock, port: options.port, accept, ...(address !== undefined && { address }) });

  function accept(socket: Socket, preface: Preface, known: () => void): void {
    if (preface.kind === 'spare') {
      if (tokens.redeem(preface.token, socket)) known();
      else socket.destroy();
      return;
    }
    const entry = [...entries.values()].find(({ cluster }) => cluster === preface.cluster);
    if (entry === undefined || identity === undefined) return void socket.destroy();
    void control(socket, entry, identity).finally(known);
  }

  async function control(socket: Socket, entry: Entry, own: KeyPair): Promise<void> {
    const { cluster, pool, trust, pending, controls } = entry;
    const { link } = entry.peer;
    pending.add(socket);
    // a half-open one would hide that the other side has gone
    socket.allowHalfOpen = false;
    socket.once('close', () => pending.delete(socket));
    try {
      const context = contexts.get(link, own, entry.bundle);
      await holdControl(socket, {
        ...{ clock, pod, pool, timeout: prefaceTimeout, callee: { link, cluster, context, trust } },
        enter: () => held.take(link),
        onOpen(opened) {
          pending.delete(socket);
          if (opens.wait(link) > 0) return 'its gateways dial in too often';
          // a pod has one; the one before may be half open
          for (const before of controls) if (before.pod === opened.pod) before.close('it has dialled again');
          if (controls.size >= mostMembers) return 'there are too many gateways of this peer';
          opens.spend(link);
          controls.add(opened);
          log.info('a gateway of a peer has dialled in', { link, pod: opened.pod });
          onChange();
          return undefined;
        },
        onClose(closed, reason) {
          controls.delete(closed);
          log.info('a gateway of a peer that had dialled in is gone', { link, pod: closed.pod, reason });
          onChange();
        },
      });
    } catch (error) {
      pending.delete(socket);
      socket.destroy();
      log.debug('a control connection was refused', { link, error });
    }
  }

  function forget(link: string): void {
    const entry = entries.get(link);
    entries.delete(link);
    for (const control of entry?.controls ?? []) control.close('its Link is gone');
    for (const socket of entry?.pending ?? []) socket.destroy();
    entry?.loopback.close();
    joining.cut((one) => one === link);
  }

  async function entryOf(peer: Peer): Promise<Entry> {
    const { link, cluster } = peer;
    const known = entries.get(link);
    if (known !== undefined) return known;
    const pool = createPool({ clock, tokens, random, target, patience });
    const loopback = await openLoopback({ link, pool, joining, clock, log });
    const entry: Entry = {
      ...{ cluster, pool, loopback, peer, trust: new Map(), bundle: '', local: localOf(peer, loopback.port) },
      ...{ controls: new Set(), pending: new Set() },
    };
    entries.set(link, entry);
    return entry;
  }

  /** A peer whose CAs have changed must still be who it was. */
  function trustNow(entry: Entry, peer: Peer): void {
    const { trust, bundles } = trustPeers([peer], new Date(clock.now()));
    const local = localOf(peer, entry.loopback.port);
    Object.assign(entry, { peer, trust, bundle: bundles.get(peer.link) ?? '', local });
    for (const control of entry.controls)
      if ('refusal' in identify(control.chain, trust, new Date(clock.now())))
        control.close('its certificate is not trusted any more');
    for (const socket of entry.pending) socket.destroy();
  }

  return {
    async update(peers, own) {
      identity = own;
      const dialling = peers.filter(({ dialsIn }) => dialsIn);
      const clusters = new Map(dialling.map(({ link, cluster }) => [link, cluster]));
      for (const [link, { cluster }] of entries) if (clusters.get(link) !== cluster) forget(link);
      contexts.keep(new Set(clusters.keys()));
      if (dialling.length === 0) port.close();
      const missing: NotInForce[] = [];
      for (const peer of dialling) {
        try {
          await port.open();
          const entry = await entryOf(peer);
          if (entry.peer !== peer || entry.bundle === '') trustNow(entry, peer);
        } catch (error) {
          missing.push(unavailable(peer.link, error as Error));
        }
      }
      // the same object as long as nothing has changed, so that comparing it is cheap
      return { peers: peers.map((peer) => entries.get(peer.link)?.local ?? peer), missing };
    },
    members: (link) => entries.get(link)?.pool.members(),
    async carry(link, near) {
      const pool = entries.get(link)?.pool;
      if (pool !== undefined) return carry(near, { link, pool, joining, clock });
      near.reset();
      throw new NoSpareError(`the peer of link ${link} does not dial in`);
    },
    port: () => port.port(),
    close() {
      for (const link of [...entries.keys()]) forget(link);
      port.close();
    },
  };
}

/** The peer as it is dialled through this process. */
function localOf({ published: _, ...peer }: Peer, port: number): Peer {
  return { ...peer, addresses: [{ host: loopbackHost, port }] };
}

function unavailable(link: string, { message }: Error): NotInForce {
  return {
    kind: 'link',
    link,
    reason: 'PortUnavailable',
    message: `link ${link}: its peer cannot dial in: ${message}`,
  };
}
