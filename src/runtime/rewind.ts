import type { Clock } from './clock.js';
import type { Log } from './log.js';
import { isOlder } from './version.js';

/** A reflector, as far as it is asked whether what it was told still holds. */
export interface Rewindable {
  /** Plural name of what it reads. */
  readonly kind: string;
  /** The newest version that it was told of; undefined before the first list. */
  readonly version: string | undefined;
  /** Asks the server for its newest version. */
  look(signal: AbortSignal): Promise<string>;
  /** Lists anew, and takes nothing of what is held for known. */
  relist(): void;
}

/** How often a server is asked (ms). */
const lookEvery = 10_000;

/**
 * Makes a check whether an API server has gone back to an older state, as when its etcd was restored from a backup: then
 * versions that reflectors hold belong to a history that never was. A watch from such a version is accepted, and silent
 * for as long as the server has not come so far again, so that nothing else would tell. The reflectors are all those of
 * one server, and all list anew when one of their kinds has gone back.
 */
export function createRewindCheck(
  reflectors: readonly Rewindable[],
  log: Log,
): (signal: AbortSignal) => Promise<void> {
  const kinds = Map.groupBy(reflectors, ({ kind }) => kind);
  /** The newest versions that looks have found, by kind: a watch need not have told of them. */
  const found = new Map<string, string>();

  /** Versions are compared within a kind alone, as Kubernetes allows it. */
  const isRewound = async (kind: string, signal: AbortSignal): Promise<boolean> => {
    const group = kinds.get(kind) ?? [];
    // Before the look: meanwhile watches may tell of newer ones.
    const before = [...group.map(({ version }) => version), found.get(kind)];
    const asked = group.find(({ version }) => version !== undefined);
    const newest = await asked?.look(signal);
    if (newest === undefined) return false;
    found.set(kind, newest);
    return before.some((version) => version !== undefined && isOlder(newest, version));
  };

  return async (signal) => {
    const rewound = await Promise.all([...kinds.keys()].map((kind) => isRewound(kind, signal)));
    if (!rewound.includes(true)) return;
    log.warn('the API server has gone back to an older state; everything is listed anew');
    for (const reflector of reflectors) reflector.relist();
  };
}

/** Checks every ten seconds, until the signal aborts; a server that does not answer is asked again then. */
export async function watchForRewind(
  reflectors: readonly Rewindable[],
  { clock, log }: { clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const check = createRewindCheck(reflectors, log);
  for (;;) {
    await clock.sleep(lookEvery, signal);
    if (signal.aborted) return;
    await check(signal).catch((error: unknown) =>
      log.debug('the newest version of the API server is not known', { error }),
    );
  }
}
