import { basename } from 'node:path';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { createSerial } from '../../runtime/serial.js';
import { createKeeper, type Keeper } from './keeper.js';
import { createHaproxy, type Haproxy } from './process.js';
import { PauseError } from './pauses.js';
import { createMeter, type Meter } from './readings.js';
import type { Layout, Rendered } from './render/layout.js';
import { SocketError } from './runtime.js';
import { endSessions } from './sessions.js';
import type { Complete } from './settings.js';

/** The common part of both roles: keep a HAProxy, watch it, and end it. */
export interface Engine {
  readonly haproxy: Haproxy;
  readonly keeper: Pick<Keeper, 'pause'>;
  /**
   * Keeps HAProxy on what is wanted ({@link Keeper}).
   *
   * @param meanwhile what can be had without a reload, while the one that it takes has to wait
   * @returns why that is in force, or, where its files alone wait, all the rest; undefined: all is
   * @throws when neither is in force
   */
  keep(
    wanted: Rendered,
    options?: { readonly meanwhile?: () => Rendered; readonly now?: 'now' },
  ): Promise<PauseError | undefined>;
  /** The facts about HAProxy that configurations depend on. @throws when HAProxy is absent or too old */
  layout(): Promise<Layout>;
  connections(): number;
  /** The reason why nothing is carried at present: HAProxy is lost, and not back yet. */
  problem(): string | undefined;
  /** Runs one piece of work at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Frees the ports, waits for the last connection at most `graceMs`, then ends everything. */
  close(graceMs: number): Promise<void>;
}

/** The options of an engine in addition to its settings. */
export interface EngineOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly host?: string;
  /**
   * Done now and then: what follows from more than the desired state.
   *
   * @param again what is wanted is to be kept again: HAProxy was lost, or a reload has waited for long enough
   */
  readonly refresh: (again: boolean) => Promise<void>;
}

/** All that take connections from outside, or carry requests of those. */
const frontends = ['egress', 'ingress', 'requests'] as const;

/** Milliseconds between two checks while the last connections end. */
const drainPause = 50;

/** Sets up what is common to both roles. @param role the name of the frontend, too */
export function createEngine(
  role: 'egress' | 'ingress',
  settings: Complete,
  { clock, log, host, refresh }: EngineOptions,
): Engine {
  const { directory, command, limits, events, lookPeriod } = settings;
  const haproxy = createHaproxy({ directory, clock, log, ...(command && { command }) });
  const keeper = createKeeper({
    ...{ directory, haproxy, clock, log },
    events: {
      reloaded: () => events.reloaded?.(),
      entries: (path, count) => events.entries?.(basename(path, '.map'), count),
    },
    end: (workers) => Promise.all(frontends.map((name) => endSessions(workers, name))),
  });
  /** The time at which a waiting reload may happen. */
  let due: number | undefined;
  const inTurn = createSerial();
  let meter: Meter | undefined;
  let closing = false;
  let trouble: string | undefined;
  let warned: string | undefined;

  const keep: Engine['keep'] = async (wanted, { meanwhile, now } = {}) => {
    due = undefined;
    const pause = await pauseOf(keeper.keep(wanted, now));
    if (pause === undefined) return undefined;
    due = clock.monotonic() + pause.ms;
    const other = meanwhile === undefined ? pause : await pauseOf(keeper.keep(meanwhile()));
    if (other === undefined) return pause;
    if (other.files.length === 0) throw other;
    return new PauseError(pause.ms, pause.refusal, [...new Set([...pause.files, ...other.files])]);
  };

  function startMeter(): Meter {
    return createMeter({
      ...{ events, role, clock, period: lookPeriod },
      workers: () => haproxy.workers(),
      before: () => (closing ? Promise.resolve() : inTurn(watch)),
    });
  }

  async function watch(): Promise<void> {
    try {
      const lost = await keeper.check();
      await refresh(lost || (due !== undefined && clock.monotonic() >= due));
      trouble = undefined;
      warned = undefined;
    } catch (error) {
      const { message } = error as Error;
      // it is looked for every second, and reported once
      if (message !== warned) log.error('haproxy could not be kept as it should be', { error: message });
      warned = message;
      if (error instanceof SocketError) trouble = message;
    }
  }

  async function release(): Promise<void> {
    // A HAProxy that others started outlives us. Another agent must not believe that it still listens.
    if (command === undefined) return haproxy.rest();
    for (const worker of await haproxy.workers()) {
      // an old worker has no listeners any more, and says so
      await worker.ask(`shutdown frontend ${role}`).catch((error: unknown) => {
        if (!(error instanceof SocketError)) throw error;
      });
    }
  }

  async function drained(graceMs: number): Promise<void> {
    const end = clock.monotonic() + graceMs;
    for (;;) {
      await meter?.look();
      if ((meter?.connections() ?? 0) === 0 || clock.monotonic() >= end) return;
      await clock.sleep(Math.min(drainPause, end - clock.monotonic()));
    }
  }

  return {
    ...{ haproxy, keeper, keep },
    async layout() {
      await haproxy.check();
      meter ??= startMeter();
      return { directory, limits, ...(host !== undefined && { host }) };
    },
    connections: () => meter?.connections() ?? 0,
    problem: () => (meter !== undefined && haproxy.missing() ? 'HAProxy is not there' : trouble),
    inTurn,
    async close(graceMs) {
      closing = true;
      await inTurn(release).catch((error: unknown) =>
        log.error('haproxy did not let go of its ports', { error: (error as Error).message }),
      );
      await keeper.settle();
      await drained(graceMs);
      meter?.stop();
      if (command === undefined) await endSessions(await haproxy.workers(), role);
      await haproxy.stop();
    },
  };
}

async function pauseOf(keeping: Promise<void>): Promise<PauseError | undefined> {
  try {
    await keeping;
    return undefined;
  } catch (error) {
    if (error instanceof PauseError) return error;
    throw error;
  }
}
