import type { Socket } from 'node:net';
import { taken } from '../../protocol/dialpreface.js';
import { mostTokens } from '../../protocol/dialcontrol.js';
import type { Clock } from '../../runtime/clock.js';
import { keepAlive } from './spare.js';
import type { Tokens } from './tokens.js';

/** The spares of one peer: connections that its gateways have dialled in advance, each for one client. */
export interface Pool {
  /** Adds a gateway pod of the peer. */
  join(pod: Pod): Member;
  /** Takes a spare, or waits for one. @throws when none comes in time, or the signal's reason */
  take(signal: AbortSignal): Promise<Socket>;
  /** Asks the pod that has dialled a spare for an answer; false: it is gone. */
  ask(spare: Socket): Promise<boolean>;
  /** A spare that was taken is dead: those beside it are dropped, since they may be as dead. */
  doubt(spare: Socket): void;
  /** Gateway pods of the peer. */
  members(): number;
  /** Spares that wait for a client. */
  size(): number;
}

/** A gateway pod of the peer, as its control connection reaches it. */
export interface Pod {
  /** Asks it for a spare for each token. */
  order(tokens: readonly string[]): void;
  /** Resolves when it has answered a ping; false: it is gone. */
  ask(): Promise<boolean>;
}

/** A gateway pod among those of the peer. */
export interface Member {
  /** Spares for these tokens do not come. */
  lost(tokens: readonly string[]): void;
  /** Drops its spares. */
  leave(): void;
}

/** How a pool is kept. */
export interface PoolOptions {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly random: () => number;
  /** Spares that are kept, of all members together. */
  readonly target: number;
  /** Milliseconds for which a client waits for a spare. */
  readonly patience: number;
}

/** No spare can be had. */
export class NoSpareError extends Error {
  override readonly name = 'NoSpareError';
}

/** Spares that are ordered of a member at a time while nobody waits: a burst of replacements would compete with its clients. */
const atOnce = 4;

/** Fewest spares of a member. */
const fewest = 4;

/** For so many milliseconds after the last gateway of a peer has left, clients wait for the next one: it may be about to dial again. */
const grace = 5_000;

/** Most clients that wait for a spare; each of them has ordered one. */
const mostWaiting = 1_024;

/** Milliseconds until those spares are replaced that a member could not dial, or has ended: it may have no other ones, either. */
const pause = 500;

/** Milliseconds for which a spare may wait: a NAT forgets what is silent, and keep-alive packets may not reach it. */
const shortestAge = 120_000;
const longestAge = 240_000;

interface Kept {
  readonly pod: Pod;
  readonly ordered: Set<string>;
  readonly spares: Map<Socket, () => void>;
}

/** A pool without members. */
export function createPool({ clock, tokens, random, target, patience }: PoolOptions): Pool {
  const members = new Set<Kept>();
  const waiting = new Set<(spare: Socket) => void>();
  const owners = new WeakMap<Socket, Kept>();
  let cancelRefill: (() => void) | undefined;
  /** When the last member left. */
  let leftAt = -Infinity;

  function refillLater(): void {
    cancelRefill ??= clock.after(pause, () => {
      cancelRefill = undefined;
      refill();
    });
  }

  function refill(): void {
    const share = (count: number) => Math.ceil(count / members.size);
    for (const member of members) {
      const { ordered, spares } = member;
      const wanted = Math.max(fewest, share(target)) + share(waiting.size) - spares.size - ordered.size;
      const room = (waiting.size > 0 ? Infinity : atOnce) - ordered.size;
      const count = Math.min(wanted, room, mostTokens);
      if (count > 0) member.pod.order(Array.from({ length: count }, () => issue(member)));
    }
  }

  function issue(member: Kept): string {
    const done = (then: () => void) => {
      member.ordered.delete(token);
      if (members.has(member)) then();
    };
    const token: string = tokens.issue(
      (socket) => done(() => add(member, socket)),
      () => done(refill),
    );
    member.ordered.add(token);
    return token;
  }

  function add(member: Kept, socket: Socket): void {
    owners.set(socket, member);
    socket.setKeepAlive(true, keepAlive);
    socket.write(Buffer.from([taken]));
    const [next] = waiting;
    if (next !== undefined) next(socket);
    else keep(member, socket);
    refill();
  }

  /** Keeps a spare until it is taken; one that speaks, ends or fails before is of no use. */
  function keep(member: Kept, socket: Socket): void {
    const release = () => {
      cancel();
      member.spares.delete(socket);
      socket.off('data', drop).off('end', drop).off('close', drop);
    };
    const drop = () => {
      release();
      socket.destroy();
      refillLater();
    };
    const cancel = clock.after(shortestAge + random() * (longestAge - shortestAge), drop);
    member.spares.set(socket, release);
    socket.on('data', drop).once('end', drop).once('close', drop);
  }

  /** The oldest spare of the member that has the most. */
  function oldest(): Socket | undefined {
    const [richest] = [...members].toSorted((a, b) => b.spares.size - a.spares.size);
    const [[socket, release] = []] = richest?.spares ?? [];
    if (socket === undefined) return undefined;
    release?.();
    socket.pause();
    return socket;
  }

  function dropSpares({ spares }: Kept): void {
    for (const [socket, release] of spares) {
      release();
      socket.destroy();
    }
  }

  function wait(signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        cancel();
        signal.removeEventListener('abort', abort);
        waiting.delete(found);
        then();
      };
      const found = (socket: Socket) => settle(() => resolve(socket));
      const abort = () => settle(() => reject(signal.reason as Error));
      const cancel = clock.after(patience, () =>
        settle(() => reject(new NoSpareError(`no connection of the peer came within ${patience} ms`))),
      );
      waiting.add(found);
      signal.addEventListener('abort', abort, { once: true });
      refill();
    });
  }

  return {
    join(pod) {
      const member: Kept = { pod, ordered: new Set(), spares: new Map() };
      members.add(member);
      refill();
      return {
        lost(list) {
          // only its own, and each once
          for (const token of list) if (member.ordered.delete(token)) tokens.revoke(token);
          refillLater();
        },
        leave() {
          if (!members.delete(member)) return;
          leftAt = clock.monotonic();
          for (const token of member.ordered) tokens.revoke(token);
          dropSpares(member);
          refill();
        },
      };
    },
    async take(signal) {
      signal.throwIfAborted();
      if (members.size === 0 && clock.monotonic() - leftAt >= grace)
        throw new NoSpareError('no gateway of the peer has dialled in');
      const socket = oldest();
      if (socket === undefined && waiting.size >= mostWaiting)
        throw new NoSpareError('too many clients wait for connections of the peer');
      if (socket === undefined) return wait(signal);
      refill();
      return socket;
    },
    ask: async (spare) => owners.get(spare)?.pod.ask() ?? false,
    doubt(spare) {
      const member = owners.get(spare);
      if (member === undefined) return;
      dropSpares(member);
      refill();
    },
    members: () => members.size,
    size: () => [...members].reduce((sum, { spares }) => sum + spares.size, 0),
  };
}
