import { bar, type Barred } from './barred.js';
import type { Worker } from './runtime.js';

/** The links whose sessions are over, and the ports some of whose sessions are. */
export interface Revoked {
  readonly links: ReadonlySet<string>;
  readonly ports: ReadonlyMap<number, Barred>;
}

/** The revoked links and ports for each old worker. */
export interface RevokedByWorker {
  /** Notes what is revoked from now on, for workers that are old: what they take up later leads where it led before. */
  add(workers: readonly Worker[], revoked: Revoked): void;
  /** For each of these old workers what its sessions are over for; forgets those that are gone. */
  of(workers: readonly Worker[]): readonly (readonly [Worker, Revoked])[];
}

/**
 * Remembers what was revoked for as long as workers live that do not know it. If a worker did not answer when its
 * sessions were to be cut, or was about to connect, it is asked again until it is gone.
 */
export function createRevoked(): RevokedByWorker {
  const byPid = new Map<number, { readonly links: Set<string>; readonly ports: Map<number, Barred> }>();
  const oldOf = (workers: readonly Worker[]) => workers.filter((worker) => worker.old);
  return {
    add(workers, { links, ports }) {
      for (const { pid } of oldOf(workers)) {
        const known = byPid.get(pid) ?? { links: new Set(), ports: new Map() };
        for (const link of links) known.links.add(link);
        bar(known.ports, ports);
        byPid.set(pid, known);
      }
    },
    of(workers) {
      const old = oldOf(workers);
      const pids = new Set(old.map(({ pid }) => pid));
      for (const pid of byPid.keys()) if (!pids.has(pid)) byPid.delete(pid);
      return old.flatMap((worker) => {
        const revoked = byPid.get(worker.pid);
        return revoked === undefined ? [] : [[worker, revoked] as const];
      });
    },
  };
}
