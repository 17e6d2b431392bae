import type { Seen } from './seen.js';

/** Which requests a fault befalls. */
export interface When {
  readonly method?: string;
  /** Found in the path (without the query), or matching the whole URL. */
  readonly path?: string | RegExp;
  /** Watches only, or anything but watches. */
  readonly watch?: boolean;
  /** How many requests are hit. @default 1 */
  readonly times?: number;
  /** How many are spared first. @default 0 */
  readonly skip?: number;
}

/** What goes wrong. */
export type Fault =
  /** An answer of the test's own, such as a 500, or a 429 with `retry-after`. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  /** A body that goes on and on: its start, then the same piece until the client leaves, or 64 MiB have been taken. */
  | {
      readonly kind: 'endless';
      readonly status: number;
      readonly start?: string;
      readonly piece: string;
      /** What makes it whole, after all. */
      readonly end?: string;
    }
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** The connection stays open and nothing ever comes again. */
  | { readonly kind: 'silence' }
  /** A proper answer whose JSON ends in the middle. */
  | { readonly kind: 'truncate' }
  /** The connection is reset in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** The answer comes in that many pieces, with a pause in between. */
  | { readonly kind: 'slow'; readonly pieces: number; readonly pauseMs: number }
  /** Something happens first; then the request is handled as ever. */
  | { readonly kind: 'first'; readonly run: (seen: Seen) => void | Promise<void> };

/** The faults that are set. */
export interface Faults {
  /** Sets a fault; the returned function takes it back. */
  add(when: When, fault: Fault): () => void;
  /** The fault for a request, if any; uses it up. */
  pick(seen: Seen): Fault | undefined;
}

/** Starts without faults. Of several that fit, the first one set is used. */
export function createFaults(): Faults {
  const set: { when: When; fault: Fault; hits: number }[] = [];
  return {
    add(when, fault) {
      const entry = { when, fault, hits: 0 };
      set.push(entry);
      return () => {
        const at = set.indexOf(entry);
        if (at >= 0) set.splice(at, 1);
      };
    },
    pick(seen) {
      for (const entry of set) {
        const { when, fault } = entry;
        const { times = 1, skip = 0 } = when;
        if (!fits(when, seen) || entry.hits >= times + skip) continue;
        if (entry.hits++ >= skip) return fault;
      }
      return undefined;
    },
  };
}

function fits({ method, path, watch }: When, seen: Seen): boolean {
  return (
    (method === undefined || method === seen.method) &&
    (watch === undefined || watch === seen.watch) &&
    (path === undefined || (typeof path === 'string' ? seen.path.includes(path) : path.test(seen.url)))
  );
}
