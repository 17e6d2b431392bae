import { isIP, type Socket } from 'node:net';
import { dialable } from '../../net/target.js';
import type { Resolver } from '../../net/resolve.js';
import type { KeyPair } from '../../pki/keypair.js';
import { identify, trustPeers } from '../../pki/verify.js';
import { dialVersion, type DialMessage } from '../../protocol/dialcontrol.js';
import { encodePreface } from '../../protocol/dialpreface.js';
import type { Peer } from '../../protocol/peer.js';
import { backoffDelay } from '../../runtime/backoff.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import { connect } from '../tcp/connect.js';
import { converse } from './conversation.js';
import { serveControl } from './edgecontrol.js';
import { createOrders, createOrderShare } from './orders.js';

/** Dials the gateways of one peer, for what they call here. */
export interface Dialler {
  /** Dials until the signal aborts; then control connections and unused spares end. */
  run(signal: AbortSignal): Promise<void>;
  /** Ends the control connections whose other side is not the peer any more, now that its CAs are others. */
  judge(): void;
  /** Pods of the peer that we have a control connection to. */
  pods(): number;
}

/** What a dialler needs to know; read anew for each connection. */
export interface DiallerFacts {
  readonly peer: Peer;
  /** Our own cluster's name. */
  readonly cluster: string;
  readonly identity: KeyPair;
}

/** Options of {@link createDialler}. */
export interface DiallerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly resolver: Resolver;
  readonly random: () => number;
  /** Names this process. */
  readonly pod: string;
  readonly facts: () => DiallerFacts;
  /** Takes a spare over whose client has begun to speak. */
  readonly onUsed: (spare: Socket) => void;
}

/** Milliseconds for a connection, and for each step of what follows. */
const timeout = 5_000;

/** Milliseconds after which a peer's pod counts as gone; it sends a ping every 5 s. */
const silence = 12_000;

/** Most pods of a peer. */
const mostPods = 16;

/** A load balancer chooses the pod, so finding all takes several tries: so many known ones in a row end a search. */
const tries = 6;
const between = 100;

/** Milliseconds from one search to the next, while there is a connection. */
const searchEvery = 30_000;

/** A connection that ends before, in milliseconds, is not replaced at once. */
const steady = 10_000;

/** Milliseconds between tries while there is none. */
const backoff = { base: 250, max: 10_000 };

/** A dialler without connections. */
export function createDialler(options: DiallerOptions): Dialler {
  const { clock, log, resolver, random, pod, facts, onUsed } = options;
  const controls = new Map<
    string,
    { readonly chain: readonly Buffer[]; readonly close: (why: string) => void }
  >();
  const share = createOrderShare(clock);
  const judging = createPace({ burst: 4, everyMs: 1_000 }, clock);
  let woken = new AbortController();
  /** Connections in a row that ended soon. */
  let shortLived = 0;

  /** One of the addresses at which the peer takes what we dial. */
  async function choose(): Promise<{ ip: string; port: number }> {
    const addresses = facts().peer.dialAt ?? [];
    const { host, port } = addresses[Math.floor(random() * addresses.length)]!;
    const found = isIP(host) ? [host] : await resolver.resolve(host);
    const ips = dialable(host, found, undefined);
    return { ip: ips[Math.floor(random() * ips.length)]!, port };
  }

  /** A certificate may have expired since the handshake, or its CA is not trusted any more. */
  function judge(): void {
    const now = new Date(clock.now());
    const { trust } = trustPeers([facts().peer], now);
    for (const { chain, close } of controls.values())
      if ('refusal' in identify(chain, trust, now)) close('its certificate is not trusted any more');
  }

  /** A peer sends as many pings as it likes, and signatures cost. */
  function judgeInTime(): void {
    if (judging.wait('') > 0) return;
    judging.spend('');
    judge();
  }

  /** Opens a control connection; says whether it leads to a pod that was not known. */
  async function attempt(signal: AbortSignal): Promise<boolean> {
    const { peer, cluster, identity } = facts();
    const to = await choose();
    const below = await connect(to, { clock, timeout }, signal);
    // a half-open one would hide that the other side has gone
    below.allowHalfOpen = false;
    below.write(encodePreface({ kind: 'control', cluster }));
    const ending = new AbortController();
    const stop = () => {
      ending.abort(new Error('the gateway stops'));
      below.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    below.once('close', () => signal.removeEventListener('abort', stop));
    const { trust, bundles } = trustPeers([peer], new Date(clock.now()));
    const bundle = bundles.get(peer.link) ?? '';
    const { socket, chain } = await serveControl(below, { clock, cluster, identity, trust, bundle, timeout });
    const since = clock.monotonic();
    return new Promise((resolve, reject) => {
      let name: string | undefined;
      const cancel = clock.after(timeout, () => talk.close('it does not say hello'));
      const orders = createOrders(
        { clock, to, share, onUsed, onLost: (lost) => talk.send({ lost }) },
        ending.signal,
      );
      const onMessage = (message: DialMessage) => {
        if ('hello' in message && name === undefined) greet(message.hello.pod);
        if ('dial' in message && name !== undefined) orders.take(message.dial);
        if ('ping' in message) {
          talk.send({ pong: message.ping });
          judgeInTime();
        }
      };
      const onClose = (reason: string) => {
        cancel();
        ending.abort(new Error(reason));
        below.destroy();
        if (name === undefined) return reject(new Error(reason));
        controls.delete(name);
        log.info('a gateway of a peer that we had dialled is gone', { link: peer.link, pod: name, reason });
        shortLived = clock.monotonic() - since < steady ? shortLived + 1 : 0;
        woken.abort();
      };
      const talk = converse(socket, { clock, silence, onMessage, onClose });

      function greet(found: string): void {
        cancel();
        if (controls.has(found) || controls.size >= mostPods) {
          resolve(false);
          return talk.close('it is known');
        }
        name = found;
        controls.set(found, { chain, close: (why) => talk.close(why) });
        talk.send({ hello: { version: dialVersion, pod } });
        log.info('a gateway of a peer is dialled', { link: peer.link, pod: found, address: to.ip });
        resolve(true);
      }
    });
  }

  function pauseAfter(failures: number, known: number): number {
    if (controls.size === 0) return backoffDelay(Math.max(1, failures), backoff, random);
    return failures > 0 || known >= tries ? searchEvery : between;
  }

  return {
    async run(signal) {
      let [failures, known, said] = [0, 0, ''];
      while (!signal.aborted) {
        woken = new AbortController();
        try {
          known = (await attempt(signal)) ? 0 : known + 1;
          [failures, said] = [0, ''];
        } catch (error) {
          if (signal.aborted) return;
          const { message } = error as Error;
          failures++;
          // it is tried again and again: said once
          if (message !== said && controls.size === 0)
            log.warn('a peer that we dial cannot be reached', { link: facts().peer.link, error });
          said = message;
        }
        const pause = pauseAfter(failures, known);
        if (pause === searchEvery) known = tries - 2;
        await clock.sleep(pause, AbortSignal.any([signal, woken.signal]));
        if (!woken.signal.aborted) continue;
        known = 0;
        if (shortLived > 0) await clock.sleep(backoffDelay(shortLived, backoff, random), signal);
      }
    },
    judge,
    pods: () => controls.size,
  };
}
