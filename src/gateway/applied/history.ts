import { isDeepStrictEqual } from 'node:util';
import type { AppliedAnswer, Destination, Applied, LinkReport } from '../../protocol/applied.js';
import { differing } from '../portmap.js';

/** The versioned record of what an egress gateway has made so, from which deltas are cut. */
export interface History {
  /** Names this life of the process: versions count from 1 in each. */
  readonly epoch: string;
  /** Version of the last change; starts at 1. */
  readonly version: number;
  readonly current: Applied;
  /** Takes the new state; what differs gets a new version and wakes those who wait. */
  update(next: Partial<Applied>): void;
  /** What changed after that version of that epoch; everything when it is too long ago or another epoch. */
  since(epoch: string, version: number): AppliedAnswer;
  /** Calls back after each change; returns how to stop that. */
  onChange(listener: () => void): () => void;
}

type Key = { readonly port: number } | { readonly link: string };

/** Changes that are remembered singly; who is further behind gets everything, which is no larger by then. */
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

/** Only what belongs on the wire: a route in force may carry more. */
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
