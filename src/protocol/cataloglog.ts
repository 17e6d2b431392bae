import { randomUUID } from 'node:crypto';
import { type CatalogHead, encodeLine } from './catalog.js';

/** Most services that are gone and still told as such; a reader that asks for older changes gets the whole. */
export const mostGone = 4_096;

/** What a stream of a catalog is told. */
export interface CatalogListener {
  /** There are new changes. */
  changed(): void;
  /** The stream must end: the caller is to come again, and show its certificate again. */
  ended(): void;
}

/** Lines of a catalog, and the version up to which they tell all. */
export interface CatalogRead {
  readonly lines: string;
  readonly version: number;
}

/** The catalog of one Link: the present services in the order of their last changes, and those that went lately. */
export interface CatalogLog {
  /** Others of this process, and those of other processes, have other ones. */
  readonly epoch: string;
  readonly head: CatalogHead;
  /** The version of the last change. */
  readonly version: number;
  /** Whether all changes after that version are known, those of services that are gone included. */
  knows(version: number): boolean;
  /**
   * The changes after a version, oldest first: about so many bytes of them, and at least one.
   *
   * @param o.whole services that went up to this version are left out, since the reader began without any
   */
  read(after: number, o: { readonly most: number; readonly whole?: number }): CatalogRead;
  /** The returned function ends that. */
  listen(listener: CatalogListener): () => void;
}

/** The writing end of a {@link CatalogLog}. */
export interface WrittenCatalog extends CatalogLog {
  /** Takes changes: the line of a service by its key; undefined: it is gone. What is known already counts for nothing. */
  write(changes: Iterable<readonly [key: string, line: string | undefined]>): void;
  /** Another head; streams that have told the one before end. */
  setHead(head: CatalogHead): void;
  /** Ends all streams. */
  end(): void;
}

/** One change; there is one of each key. */
interface Entry {
  readonly key: string;
  readonly version: number;
  /** Undefined: a later change of the same key stands behind. */
  line: string | undefined;
  readonly gone: boolean;
}

/**
 * Makes an empty catalog. A change costs one entry, whatever is there, and a reader holds nothing but a version: one that
 * reads slowly gets the last of several changes of a service.
 */
export function createCatalogLog(first: CatalogHead, most = mostGone): WrittenCatalog {
  const listeners = new Set<CatalogListener>();
  const known = new Map<string, Entry>();
  /** In the order of versions, with entries that were replaced. */
  let entries: Entry[] = [];
  let head = first;
  let version = 0;
  let gone = 0;
  /** The version of the last change that was forgotten. */
  let forgotten = 0;

  function add(key: string, line: string | undefined): void {
    const before = known.get(key);
    const isGone = before === undefined || before.gone;
    if (line === undefined ? isGone : before?.line === line) return;
    if (before !== undefined) {
      before.line = undefined;
      if (before.gone) gone--;
    }
    const entry = {
      ...{ key, version: ++version, gone: line === undefined },
      line: line ?? encodeLine({ kind: 'gone', key }),
    };
    if (entry.gone) gone++;
    known.set(key, entry);
    entries.push(entry);
  }

  /** Half of what may be forgotten goes at once, so that a change costs the same however many went before. */
  function forget(): void {
    if (gone > most) {
      let surplus = gone - Math.floor(most / 2);
      for (const entry of entries) {
        if (surplus === 0) break;
        if (!entry.gone || entry.line === undefined) continue;
        entry.line = undefined;
        known.delete(entry.key);
        forgotten = entry.version;
        gone--;
        surplus--;
      }
    }
    if (entries.length > 2 * known.size + 64) entries = entries.filter(({ line }) => line !== undefined);
  }

  /** The place of the first entry after a version. */
  function placeAfter(after: number): number {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]!.version <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    epoch: randomUUID(),
    get head() {
      return head;
    },
    get version() {
      return version;
    },
    knows: (since) => since >= forgotten && since <= version,
    read(after, { most: bytes, whole = 0 }) {
      let lines = '';
      for (let at = placeAfter(after); at < entries.length; at++) {
        const entry = entries[at]!;
        if (entry.line === undefined || (entry.gone && entry.version <= whole)) continue;
        lines += entry.line;
        if (lines.length >= bytes) return { lines, version: entry.version };
      }
      return { lines, version };
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    write(changes) {
      const before = version;
      for (const [key, line] of changes) add(key, line);
      if (version === before) return;
      forget();
      for (const listener of [...listeners]) listener.changed();
    },
    setHead(now) {
      head = now;
      for (const listener of [...listeners]) listener.ended();
    },
    end() {
      for (const listener of [...listeners]) listener.ended();
    },
  };
}
