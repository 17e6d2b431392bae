import type { Socket } from 'node:net';
import type { Resolver } from '../../net/resolve.js';
import type { KeyPair } from '../../pki/keypair.js';
import { joined } from '../../protocol/dialpreface.js';
import type { Peer } from '../../protocol/peer.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { plainEnd } from '../tcp/splice.js';
import { createDialler, type Dialler } from './dialler.js';
import { createJoining } from './joining.js';
import { connectOwn, type OwnIngress } from './own.js';

/** Dials peers that call here over connections which we open, for an ingress gateway of any implementation. */
export interface DialOut {
  /** Dials those of these peers that take what we dial, from now on, and forgets all others: their connections end. */
  update(peers: readonly Peer[], own: { readonly cluster: string; readonly identity: KeyPair }): void;
  /** Pods of a link's peer that are dialled; undefined: that peer is not dialled. */
  pods(link: string): number | undefined;
  /** Gives peers no new connections; those in use live on. */
  leave(): void;
  close(): void;
}

/** Options of {@link createDialOut}. */
export interface DialOutOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly resolver: Resolver;
  /** Names this process among those of its role. */
  readonly pod: string;
  readonly ingress: OwnIngress;
  /** @default Math.random */
  readonly random?: () => number;
}

interface Dialled {
  peer: Peer;
  readonly dialler: Dialler;
  readonly stopping: AbortController;
}

/** Dials nobody yet. */
export function createDialOut(options: DialOutOptions): DialOut {
  const { clock, log, resolver, pod, ingress, random = Math.random } = options;
  const joining = createJoining(clock);
  const dialled = new Map<string, Dialled>();
  let own: { readonly cluster: string; readonly identity: KeyPair } | undefined;
  let left = false;

  async function carry(link: string, spare: Socket): Promise<void> {
    const gone = new AbortController();
    const leave = () => gone.abort(new Error('the peer left'));
    spare.once('close', leave);
    const place = joining.enter(link);
    try {
      if (place === undefined) throw new Error('it has as many connections as it may have');
      const near = await connectOwn(ingress, { link, clock }, gone.signal);
      spare.off('close', leave);
      if (!dialled.has(link) && !left) throw new Error('its Link is gone');
      spare.write(Buffer.from([joined]));
      await place.join(plainEnd(spare), plainEnd(near));
    } catch (error) {
      if (!spare.destroyed) spare.resetAndDestroy();
      log.debug('our own gateway did not take a connection of a peer', { link, error });
    } finally {
      place?.leave();
    }
  }

  function start(peer: Peer): Dialled {
    const { link } = peer;
    const stopping = new AbortController();
    const dialler = createDialler({
      ...{ clock, log, resolver, random, pod },
      facts: () => ({ peer: one.peer, ...own! }),
      onUsed: (spare) => void carry(link, spare),
    });
    const one: Dialled = { peer, dialler, stopping };
    void dialler.run(stopping.signal);
    return one;
  }

  function stop(link: string): void {
    dialled.get(link)?.stopping.abort(new Error('its Link is gone'));
    dialled.delete(link);
  }

  return {
    update(peers, now) {
      if (left) return;
      const isOther = own !== undefined && own.cluster !== now.cluster;
      own = now;
      const wanted = new Map(
        peers.filter(({ dialAt = [] }) => dialAt.length > 0).map((peer) => [peer.link, peer]),
      );
      for (const [link, one] of dialled) {
        const [next, { peer }] = [wanted.get(link), one];
        if (next === undefined || isOther || next.cluster !== peer.cluster) {
          stop(link);
          joining.cut((other) => other === link);
        } else if (!isSame(next.dialAt, peer.dialAt)) stop(link);
        else if (next !== peer) {
          one.peer = next;
          one.dialler.judge();
        }
      }
      for (const [link, peer] of wanted) if (!dialled.has(link)) dialled.set(link, start(peer));
    },
    pods: (link) => dialled.get(link)?.dialler.pods(),
    leave() {
      left = true;
      for (const link of [...dialled.keys()]) stop(link);
    },
    close() {
      this.leave();
      joining.cut(() => true);
    },
  };
}

function isSame(one: Peer['dialAt'], other: Peer['dialAt']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
