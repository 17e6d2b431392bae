import type { KubeObject } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import type { Reflector } from '../../runtime/reflector/reflector.js';
import { watchForRewind } from '../../runtime/rewind.js';

/** The objects that an agent reads, under the names that users know. */
export interface AgentSources {
  /** Keeps all of them up to date until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves with true once all have been listed, with false when the signal came first. */
  synced(signal: AbortSignal): Promise<boolean>;
  onChange(listener: () => void): void;
  /**
   * The kinds that have not been listed yet, with the reasons. A watch that fails later is no problem: the known
   * objects stay.
   */
  problems(): string[];
}

/**
 * Bundles reflectors: an agent does nothing before all of them are synced.
 *
 * @param o.optional kinds that it can do without: while they cannot be listed, there is nothing of them. @default none
 */
export function createSources(
  reflectors: Readonly<Record<string, Reflector<KubeObject>>>,
  o: { clock: Clock; log: Log; optional?: readonly Reflector<KubeObject>[] },
): AgentSources {
  const all = Object.entries(reflectors);
  const each = [...Object.values(reflectors), ...(o.optional ?? [])];
  return {
    async run(signal) {
      await Promise.all([...each.map((one) => one.run(signal)), watchForRewind(each, o, signal)]);
    },
    async synced(signal) {
      // rejects only when the signal comes first
      await Promise.all(all.map(([, reflector]) => reflector.whenSynced(signal).catch(() => undefined)));
      return !signal.aborted;
    },
    onChange(listener) {
      for (const reflector of each) reflector.cache.onChange(listener);
    },
    problems: () =>
      all
        .filter(([, reflector]) => !reflector.cache.synced)
        .map(([name, { state }]) => {
          const why = state.phase === 'failing' ? `: ${(state.error as Error).message}` : '';
          return `${name} not listed yet${why}`;
        }),
  };
}
