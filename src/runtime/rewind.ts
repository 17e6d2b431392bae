import type { Clock } from './clock.js';
import type { Log } from './log.js';

/** The part of a reflector that this check uses. */
export interface Rewindable {
  /** Plural name of its kind. */
  readonly kind: string;
  /** The newest version that it has seen; undefined before the first list. */
  readonly version: string | undefined;
  /** Asks the server for its newest version. */
  look(signal: AbortSignal): Promise<string>;
  /** Lists again, and treats every object as changed. */
  relist(): void;
}

/** The time between two checks of a server (ms). */
const lookEvery = 10_000;

/**
 * Makes a check whether an API server has gone back to an older state, for example because its etcd was restored from
 * a backup. Then reflectors hold versions that the server does not know. It accepts a watch from such a version and
 * stays silent until it has reached that version again, so nothing else would show the problem. The reflectors must
 * be all those of one server; all list again when one kind has gone back.
 */
export function createRewindCheck(
  reflectors: readonly Rewindable[],
  log: Log,
): (signal: AbortSignal) => Promise<void> {
  const kinds = Map.groupBy(reflectors, ({ kind }) => kind);
  /** The newest versions that earlier checks have found, by kind: a watch may not have delivered them. */
  const found = new Map<string, string>();

  /** Versions are compared within one kind only, as Kubernetes allows it. */
  const isRewound = async (kind: string, signal: AbortSignal): Promise<boolean> => {
    const group = kinds.get(kind) ?? [];
    // read them before asking the server, since watches may bring newer ones meanwhile
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
    log.warn('the API server has gone back to an older state; everything is listed again');
    for (const reflector of reflectors) reflector.relist();
  };
}

/** Checks every ten seconds, until the signal aborts; if a server does not answer, the next check asks again. */
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

const decimal = /^[1-9]\d*$/;

/**
 * Whether one resource version is older than another of the same kind and server. Versions are compared as the
 * numbers that they are in Kubernetes (KEP-5504, stable since 1.35: decimal, without leading zeros). Other versions
 * say nothing: it is ordinary that they differ.
 */
export function isOlder(version: string, than: string): boolean {
  if (!decimal.test(version) || !decimal.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
