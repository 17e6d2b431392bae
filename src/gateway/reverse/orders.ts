import type { Socket } from 'node:net';
import { mostTokens } from '../../protocol/dialcontrol.js';
import type { Clock } from '../../runtime/clock.js';
import { createPace } from '../../runtime/pace.js';
import { createTally } from '../../runtime/tally.js';
import { dialSpare, whenUsed } from './spare.js';

/** The spares that one pod of a peer has ordered. */
export interface Orders {
  /** Dials a spare for each token. */
  take(tokens: readonly string[]): void;
  /** Spares that are being dialled or wait for a client. */
  size(): number;
}

/** What all pods of one peer may order together. */
export interface OrderShare {
  /** Takes a place for a spare; undefined: there is none. */
  take(): (() => void) | undefined;
  /** Whether another connection may be tried now; counts it. */
  mayDial(): boolean;
  /** One was tried in vain. */
  failed(): void;
}

/** Most spares of one peer, whatever it says that its pods are. */
const mostOfPeer = 1_024;

/**
 * How often a peer may have us dial. A connection that leads to nothing costs the peer nothing, so it counts several
 * times: behind a load balancer of a few pods, each of them is still found.
 */
const dialRate = { burst: 8_192, everyMs: 0.5 };
const costOfFailure = 8;

/** Nothing is ordered yet. */
export function createOrderShare(clock: Clock, most = mostOfPeer): OrderShare {
  const places = createTally(most);
  const pace = createPace(dialRate, clock);
  return {
    take: () => places.take(''),
    mayDial() {
      if (pace.wait('') > 0) return false;
      pace.spend('');
      return true;
    },
    failed: () => pace.spend('', costOfFailure - 1),
  };
}

/** Options of {@link createOrders}. */
export interface OrdersOptions {
  readonly clock: Clock;
  /** Where the pod, or the load balancer in front, was reached. */
  readonly to: { readonly ip: string; readonly port: number };
  readonly share: OrderShare;
  readonly onUsed: (spare: Socket) => void;
  /** Called with tokens for which no spare comes. */
  readonly onLost: (tokens: readonly string[]) => void;
}

/** Most spares of one pod; what it orders beyond is answered as lost. */
const most = 512;

/** Spares that are dialled at a time: the peer admits about a hundred from one address that have not shown their tokens yet. */
const atOnce = 32;

/** A load balancer may choose another pod: so often a spare is tried. */
const tries = 12;

/** Milliseconds for each try. */
const timeout = 5_000;

/** Dials what is ordered until the signal aborts, which ends all spares that wait. */
export function createOrders(options: OrdersOptions, signal: AbortSignal): Orders {
  const { clock, to, share, onUsed, onLost } = options;
  let open = 0;
  let lost: string[] = [];
  let dialling = 0;
  const waiting: (() => void)[] = [];

  /** Tokens that are lost together are told together. */
  function lose(token: string): void {
    lost.push(token);
    if (lost.length === 1) queueMicrotask(tell);
  }

  function tell(): void {
    while (lost.length > 0) {
      onLost(lost.slice(0, mostTokens));
      lost = lost.slice(mostTokens);
    }
  }

  async function dial(token: string): Promise<Socket | undefined> {
    for (let count = 0; count < tries && share.mayDial(); count++) {
      const spare = await dialSpare({ clock, ...to, token, timeout }, signal);
      if (spare !== undefined) return spare;
      share.failed();
    }
    return undefined;
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (dialling >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else dialling++;
    try {
      return await work();
    } finally {
      // the next one takes the place as it is
      const next = waiting.shift();
      if (next === undefined) dialling--;
      else next();
    }
  }

  async function serve(token: string, leave: () => void): Promise<void> {
    open++;
    try {
      const spare = await inTurn(() => dial(token).catch(() => undefined));
      if (spare === undefined) return lose(token);
      if (await whenUsed(spare, clock, signal)) onUsed(spare);
      else if (!signal.aborted) share.failed();
    } finally {
      open--;
      leave();
    }
  }

  return {
    take(tokens) {
      for (const token of tokens) {
        const leave = open >= most || signal.aborted ? undefined : share.take();
        if (leave === undefined) lose(token);
        else void serve(token, leave);
      }
    },
    size: () => open,
  };
}
