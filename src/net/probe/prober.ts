import type { Address } from '../address.js';
import type { ProbeFailure } from './failure.js';
import { sweep, type Probed, type Sweep } from './sweep.js';
import type { ProbeSpec } from './spec.js';

/** One IP of a gateway, its last result, and its health by the thresholds. */
export interface ProbedEndpoint<A> extends Probed<A> {
  readonly healthy: boolean;
}

/** The state of a gateway after one round over all its addresses. */
export interface Round<A> {
  /** The health by the thresholds; a round succeeds when any address answers. */
  readonly healthy: boolean;
  readonly reason: 'Healthy' | 'ProbeFailed' | 'Unresolved';
  /** The addresses that do not answer, with the reasons; empty when all answer. */
  readonly message: string;
  readonly endpoints: readonly ProbedEndpoint<A>[];
}

/** How a gateway is probed; its addresses may change between rounds. */
export interface ProberOptions<A> extends Sweep<A> {
  readonly spec: () => ProbeSpec;
  readonly addresses: () => readonly Address[];
  /** Whether the peer has published these addresses. @default it has not */
  readonly published?: () => boolean | undefined;
  /** 0 to 1, for the jitter. @default Math.random */
  readonly random?: () => number;
  readonly onRound: (round: Round<A>) => void;
}

/** A loop of probes. */
export interface Prober {
  /** Probes until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
  /** Starts the next round at once, since something has changed. */
  poke(): void;
}

/**
 * A period is shorter by a random part of up to this fraction, so that gateways do not probe at the same time, and a
 * gateway that is gone has failed as many probes as it may within as many periods.
 */
const jitter = 0.1;

/** Messages name this many addresses. */
const named = 3;

/** Probes all addresses of one gateway at a time, resolved anew, every period. */
export function createProber<A>(options: ProberOptions<A>): Prober {
  const { clock, random = Math.random } = options;
  let overall = unknownHealth;
  let each: ReadonlyMap<string, Health> = new Map();
  let poked = new AbortController();

  async function round(signal: AbortSignal): Promise<Round<A>> {
    const spec = options.spec();
    const asked = { addresses: options.addresses(), published: options.published?.(), timeout: spec.timeout };
    const results = await sweep(options, asked, signal);
    const before = each;
    each = new Map(
      results.endpoints.map(({ ip, port, result }) => {
        const key = `${ip} ${port}`;
        return [key, next(before.get(key) ?? unknownHealth, result.ok, spec)];
      }),
    );
    overall = next(
      overall,
      results.endpoints.some(({ result }) => result.ok),
      spec,
    );
    const endpoints = results.endpoints.map((endpoint) => {
      return { ...endpoint, healthy: each.get(`${endpoint.ip} ${endpoint.port}`)?.healthy === true };
    });
    const failures = [
      ...results.unresolved,
      ...endpoints.flatMap(({ result }) => (result.ok ? [] : [result])),
    ];
    const bad = endpoints.length === 0 ? 'Unresolved' : 'ProbeFailed';
    const recovering = !overall.healthy && overall.streak > 0;
    const message = recovering
      ? `answers again, ${overall.streak} of ${spec.successThreshold} times`
      : summary(failures);
    return { healthy: overall.healthy, reason: overall.healthy ? 'Healthy' : bad, message, endpoints };
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      poked = new AbortController();
      const pause = options.spec().period * (1 - jitter * random());
      const started = clock.monotonic();
      const result = await round(signal);
      if (signal.aborted) return;
      options.onRound(result);
      const wake = AbortSignal.any([signal, poked.signal]);
      await clock.sleep(Math.max(0, started + pause - clock.monotonic()), wake);
    }
  }

  return { run, poke: () => poked.abort() };
}

function summary(failures: readonly ProbeFailure[]): string {
  const messages = [...new Set(failures.map(({ message }) => message))];
  const more = messages.length > named ? `; and ${messages.length - named} more` : '';
  return messages.slice(0, named).join('; ') + more;
}

/** Thresholds: how many equal results in a row make a gateway count as down, or as up again. */
export interface Thresholds {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** The health after the probes so far; `streak` counts results in a row that contradict `healthy`. */
export interface Health {
  readonly healthy: boolean;
  readonly streak: number;
}

/** Before the first probe the gateway counts as not answering. */
export const unknownHealth: Health = { healthy: false, streak: 0 };

/** Health after one more probe: it changes when enough results in a row contradict it. */
export function next(health: Health, succeeded: boolean, thresholds: Thresholds): Health {
  if (succeeded === health.healthy) return { healthy: health.healthy, streak: 0 };
  const streak = health.streak + 1;
  const enough = succeeded ? thresholds.successThreshold : thresholds.failureThreshold;
  return streak >= enough ? { healthy: succeeded, streak: 0 } : { healthy: health.healthy, streak };
}
