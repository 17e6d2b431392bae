import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import { chainOf } from '../../pki/chain.js';
import { identify } from '../../pki/verify.js';
import { dialVersion, type DialMessage } from '../../protocol/dialcontrol.js';
import { dialName } from '../../protocol/serviceid.js';
import { secure, type Callee } from '../tcp/secure.js';
import { converse } from './conversation.js';
import type { Member, Pool } from './pool.js';

/** A control connection, as the side that was dialled holds it. */
export interface HubControl {
  readonly link: string;
  /** The peer's pod. */
  readonly pod: string;
  /** What the peer's pod has shown, DER, leaf first. */
  readonly chain: readonly Buffer[];
  close(reason: string): void;
}

/** How control connections are held. */
export interface HubControlOptions {
  readonly clock: Clock;
  /** Names this process. */
  readonly pod: string;
  /** Milliseconds for the handshake. */
  readonly timeout: number;
  readonly callee: Callee & { readonly cluster: string };
  readonly pool: Pool;
  /** Takes a place among those of the peer, for as long as the connection lasts; undefined: there is none. */
  readonly enter: () => (() => void) | undefined;
  /** Called when the peer's pod is known and takes orders; says why it is not wanted. */
  readonly onOpen: (control: HubControl) => string | undefined;
  /** Called once after that. */
  readonly onClose: (control: HubControl, reason: string) => void;
}

/** Milliseconds from one ping to the next; each must be answered before the next but one. */
const pingEvery = 5_000;
const silence = 2 * pingEvery;

/**
 * Holds a control connection that a peer has dialled. We begin TLS on it as the client, as for traffic, so that both
 * certificates do what they always do.
 *
 * @throws when the handshake fails or shows another identity
 */
export async function holdControl(below: Socket, options: HubControlOptions): Promise<void> {
  const { clock, timeout, callee, pool, pod, enter, onOpen, onClose } = options;
  const socket = await secure(
    below,
    {
      ...{ clock, timeout, callee, servername: dialName(callee.cluster) },
      what: 'the TLS handshake of a control connection',
    },
    new AbortController().signal,
  );
  const leave = enter();
  if (leave === undefined) {
    below.destroy();
    throw new Error('the peer has too many control connections');
  }
  const chain = chainOf(socket.getPeerCertificate(true));
  let opened: { readonly control: HubControl; readonly member: Member } | undefined;
  let cancelPing = () => {};
  let over = false;
  let pings = 0;
  /** Who waits for the answer to a ping, by its number. */
  const asked = new Map<number, (answered: boolean) => void>();
  const talk = converse(socket, { clock, silence, onMessage, onClose: closed });
  const cancelHello = clock.after(timeout, () => talk.close('it does not say hello'));
  talk.send({ hello: { version: dialVersion, pod } });
  ping();

  function ping(): void {
    if (over) return;
    cancelPing = clock.after(pingEvery, () => {
      // it may have expired since the handshake
      if ('refusal' in identify(chain, callee.trust, new Date(clock.now())))
        return talk.close('its certificate is not valid any more');
      talk.send({ ping: ++pings });
      ping();
    });
  }

  function ask(): Promise<boolean> {
    return new Promise((resolve) => {
      if (over) return resolve(false);
      // each is answered in its turn, or nobody is there who answers
      const cancel = clock.after(silence, () => talk.close('it does not answer a ping'));
      asked.set(++pings, (answered) => {
        cancel();
        resolve(answered);
      });
      talk.send({ ping: pings });
    });
  }

  function onMessage(message: DialMessage): void {
    if ('hello' in message && opened === undefined) {
      const control = {
        link: callee.link,
        pod: message.hello.pod,
        chain,
        close: (why: string) => talk.close(why),
      };
      cancelHello();
      const unwanted = onOpen(control);
      if (unwanted !== undefined) return talk.close(unwanted);
      const member = pool.join({ order: (tokens) => talk.send({ dial: tokens }), ask });
      opened = { control, member };
    }
    if ('pong' in message) {
      asked.get(message.pong)?.(true);
      asked.delete(message.pong);
    }
    if ('lost' in message) opened?.member.lost(message.lost);
  }

  function closed(reason: string): void {
    over = true;
    cancelPing();
    cancelHello();
    leave?.();
    below.destroy();
    for (const answer of asked.values()) answer(false);
    if (opened === undefined) return;
    opened.member.leave();
    onClose(opened.control, reason);
  }
}
