import { isDeepStrictEqual } from 'node:util';
import type { AppliedAnswer, Destination, Applied, LinkReport } from '../../protocol/applied.js';
import { differing } from '../../runtime/immutable.js';

/** The versioned applied state of an egress gateway, from which deltas are made. */
export interface History {
  /** Identifies this run of the process: versions count from 1 in each run. */
  readonly epoch: string;
  /** Version of the last change; starts at 1. */
  readonly version: number;
  readonly current: Applied;
  /** Records the new state; differences get a new version, and wake the waiting polls. */
  update(next: Partial<Applied>): void;
  /** The changes after that version of that epoch; everything if it is too old, or the epoch is another one. */
  since(epoch: string, version: number): AppliedAnswer;
  /** Calls back after each change; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

type Key = { readonly port: number } | { readonly link: string };

/**
 * Most single changes that are remembered; an operator that is further behind gets everything, which is no larger by
 * then.
 */
const capacity = 4_096;

/** An empty history. */
export function createHistory(epoch: string): History {
  let current: Applied = { routes: new Map(), links: new Map(), draining: false };
  let version = 1;
  /** Version before the oldest remembered change. */
  let floor = version;
  let changes: { readonly version: number; readonly key: Key }[] = [];
  const listeners = new Set<() => void>();

  function update(next: Partial<Applied>): void {
    const before = current;
    current = { ...before, ...next };
    const keys = [
      ...changed(before.routes, current.routes).map((port) => ({ port })),
      ...changed(before.links, current.links).map((link) => ({ link })),
    ];
    if (keys.length === 0 && before.draining === current.draining) return;
    version++;
    for (const key of keys) changes.push({ version, key });
    if (changes.length > 2 * capacity) {
      floor = changes[changes.length - capacity - 1]?.version ?? version;
      changes = changes.filter((change) => change.version > floor);
    }
    for (const listener of [...listeners]) listener();
  }

  function since(asked: string, from: number): AppliedAnswer {
    const full = asked !== epoch || from < floor || from > version;
    const keys: readonly Key[] = full
      ? allKeys(current)
      : changes.slice(firstAfter(changes, from)).map(({ key }) => key);
    const routes: Record<string, Destination | null> = {};
    const links: Record<string, LinkReport | null> = {};
    for (const key of keys) {
      if ('port' in key) routes[key.port] = destinationOf(current.routes.get(key.port));
      else links[key.link] = current.links.get(key.link) ?? null;
    }
    return { epoch, version, full, routes, links, draining: current.draining };
  }

  return {
    epoch,
    get version() {
      return version;
    },
    get current() {
      return current;
    },
    update,
    since,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Only the fields of the wire format; a route in force may have more. */
function destinationOf(route: Destination | undefined): Destination | null {
  return route === undefined ? null : { link: route.link, serviceId: route.serviceId };
}

function allKeys(applied: Applied): Key[] {
  return [
    ...[...applied.routes.keys()].map((port) => ({ port })),
    ...[...applied.links.keys()].map((link) => ({ link })),
  ];
}

function changed<K>(before: ReadonlyMap<K, unknown>, after: ReadonlyMap<K, unknown>): K[] {
  return differing(before, after).filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)));
}

/** Index of the first change after that version; changes are in the order of their versions. */
function firstAfter(changes: readonly { readonly version: number }[], version: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.version ?? 0) > version) high = middle;
    else low = middle + 1;
  }
  return low;
}
