import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { LoadError } from './faults.js';
import { mostOld, PauseError, pauseAfter, surplus } from './pauses.js';
import type { Haproxy } from './process.js';
import type { Parts } from './render/layout.js';
import type { Worker } from './runtime.js';

/** Starts and reloads HAProxy, no more often than it can bear. */
export interface Reloads {
  /**
   * Makes a configuration the one that runs, as {@link Haproxy.load}.
   *
   * @param causes what it is for, of which each has its own pauses: the first that may reload takes the others along
   * @param when `now` without waiting; `soon` unless as many old workers live as may
   * @throws PauseError when it has to wait, LoadError or SocketError
   */
  load(config: string, causes: readonly string[], when?: 'now' | 'soon'): Promise<Worker>;
  /** Milliseconds until the next reload may be that no link causes. */
  pause(): Promise<number>;
}

/** The cause of changes that belong to no link. */
const ourselves = '';

/** The links that cause a reload, or that none does. */
export function causesOf(before: Parts | undefined, next: Parts): readonly string[] {
  const [is, wanted] = [before?.() ?? new Map<string, string>(), next()];
  const keys = before === undefined ? [] : [...new Set([...is.keys(), ...wanted.keys()])];
  const causes = keys.filter((key) => is.get(key) !== wanted.get(key));
  return causes.length > 0 ? causes : [ourselves];
}

/** Each reload leaves a worker with its connections behind; the cause of many reloads has to wait for these workers. */
export function createReloads({
  haproxy,
  clock,
  log,
  end,
}: {
  readonly haproxy: Haproxy;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the sessions of workers. */
  readonly end: (workers: readonly Worker[]) => Promise<unknown>;
}): Reloads {
  /** When the last one was tried, of the clock. */
  let tried: number | undefined;
  /** How often HAProxy has refused a configuration since it last accepted one. */
  let refusals = 0;
  let refusal: LoadError | undefined;
  /** The cause that left each old worker behind, by its process id. */
  const leftFor = new Map<number, readonly string[]>();

  const oldOf = (workers: readonly Worker[]) => workers.filter((worker) => worker.old);

  const leftBy = (workers: readonly Worker[], cause: string) =>
    oldOf(workers).filter(({ pid }) => leftFor.get(pid)?.includes(cause) === true).length;

  function pauseOf(workers: readonly Worker[], cause: string): number {
    if (tried === undefined) return 0;
    const left = { old: oldOf(workers).length, own: leftBy(workers, cause), refusals };
    return Math.max(0, tried + pauseAfter(left) - clock.monotonic());
  }

  function forget(workers: readonly Worker[]): void {
    const pids = new Set(oldOf(workers).map(({ pid }) => pid));
    for (const pid of leftFor.keys()) if (!pids.has(pid)) leftFor.delete(pid);
  }

  /** Those of the causes that need not wait for longer. */
  function dueOf(workers: readonly Worker[], causes: readonly string[], when?: 'now' | 'soon') {
    const isFree = when === 'soon' && refusals === 0 && oldOf(workers).length < mostOld;
    // an absent HAProxy has no connections to lose
    if (when === 'now' || isFree || workers.length === 0) return causes;
    return causes.filter((cause) => pauseOf(workers, cause) === 0);
  }

  async function load(config: string, causes: readonly string[], when?: 'now' | 'soon'): Promise<Worker> {
    const workers = await haproxy.workers();
    forget(workers);
    const due = dueOf(workers, causes, when);
    if (due.length === 0)
      throw new PauseError(Math.min(...causes.map((cause) => pauseOf(workers, cause))), refusal);
    tried = clock.monotonic();
    const own = when === 'soon' ? 0 : Math.min(...due.map((cause) => leftBy(workers, cause)));
    await end(surplus(workers, own));
    try {
      const worker = await haproxy.load(config);
      refusals = 0;
      refusal = undefined;
      const before = workers.find(({ old }) => !old);
      if (before !== undefined) leftFor.set(before.pid, due);
      log.info('haproxy runs a new configuration', { worker: worker.pid, causes: due });
      return worker;
    } catch (error) {
      if (error instanceof LoadError) {
        refusals++;
        refusal = error;
      }
      throw error;
    }
  }

  return { load, pause: async () => pauseOf(await haproxy.workers(), ourselves) };
}
