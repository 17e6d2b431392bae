import { createHash } from 'node:crypto';
import type { ApplyResult } from '../runtime/apply.js';
import { backoffDelay } from '../runtime/backoff.js';
import type { Clock } from '../runtime/clock.js';
import { isRefusal } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';

/**
 * What is written for a mirror; `leftovers`: what an earlier mirror has left is removed. The status of a Link has a part for
 * each of its writers.
 */
export type Part = 'service' | 'slices' | 'status' | 'leftovers' | `status ${string}`;

/** Parts whose refusal is said in the status of the mirror. */
const shown: ReadonlySet<Part> = new Set<Part>(['service', 'slices']);

/** What a write did; `lacking`: this cluster lacks the address family that was asked for. */
export type Written = ApplyResult | 'lacking';

/** What is to be written, and how. */
export interface Attempt {
  /** Key of the mirror, or what else the write is for. */
  readonly key: string;
  readonly part: Part;
  /** Names what is written, as in `Service "hello"`. */
  readonly what: string;
  /** What it is to say: while that is refused, it is not tried again before its time. */
  readonly wish: object;
  readonly write: () => Promise<readonly Written[]>;
}

/** What came of it. */
export type Outcome =
  | { readonly kind: 'done'; readonly results: readonly Written[] }
  /** `fresh`: this was not said before. */
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly fresh: boolean;
      readonly requeueAfter: number;
    };

/** What our own API server refuses to store for mirrors, by mirror. */
export interface Refusals {
  attempt(attempt: Attempt): Promise<Outcome>;
  /** There is nothing to write. */
  clear(key: string, part: Part): void;
  /** Why a part is not written; undefined: it is, or on its way. `tried`: whether that is known since the start. */
  of(key: string, part: Part): { readonly message?: string; readonly tried: boolean };
  /** The mirror is gone. */
  forget(key: string): void;
}

/** Times in milliseconds: what is refused is tried again within a minute, and less often than it is refused. */
const backoff = { base: 5_000, max: 55_000 };

/** Who has written the same so often within a minute is undone each time by somebody. */
const undoneAfter = 10;
const minute = 60_000;

interface Refused {
  readonly message: string;
  readonly wish: string;
  readonly count: number;
  readonly again: number;
}

interface Memory {
  refused?: Refused;
  /** The same written again and again, and since when. */
  rewrites?: { readonly wish: string; readonly since: number; readonly count: number };
}

/** Remembers nothing yet. @param onChange is told when a part is refused, or not any more */
export function createRefusals(o: {
  clock: Clock;
  log: Log;
  onChange: (key: string) => void;
  random?: () => number;
}): Refusals {
  const { clock, log, onChange, random = Math.random } = o;
  const memories = new Map<string, Map<Part, Memory>>();

  function of(key: string, part: Part): Memory | undefined {
    return memories.get(key)?.get(part);
  }

  /** What is remembered of a mirror; it is there from the first write on, until the mirror is forgotten. */
  function partsOf(key: string): Map<Part, Memory> {
    const parts = memories.get(key) ?? new Map<Part, Memory>();
    memories.set(key, parts);
    return parts;
  }

  /** @param parts as they were when the write began: what is heard of a mirror that was forgotten since is of no use */
  function remember(
    { key, part }: Pick<Attempt, 'key' | 'part'>,
    memory: Memory,
    parts = partsOf(key),
  ): void {
    if (memories.get(key) !== parts) return;
    const before = parts.get(part)?.refused?.message;
    parts.set(part, memory);
    if (shown.has(part) && before !== memory.refused?.message) onChange(key);
  }

  function refuse({ key, part, what, wish }: Attempt, why: string, parts: Map<Part, Memory>): Outcome {
    const before = parts.get(part)?.refused;
    const text = fingerprint(wish);
    const count = before?.wish === text ? before.count + 1 : 1;
    const message = `the API server of this cluster does not take ${what}: ${why}`;
    const requeueAfter = backoffDelay(count, backoff, random);
    const fresh = before?.message !== message;
    if (fresh) log.warn('a write was refused', { object: key, part, why });
    const again = clock.monotonic() + requeueAfter;
    remember({ key, part }, { refused: { message, wish: text, count, again } }, parts);
    return { kind: 'refused', message, fresh, requeueAfter };
  }

  /** Says whether somebody undoes what is written; a write that changes nothing is none. */
  function isUndone(memory: Memory, wish: object): boolean {
    const [text, now] = [fingerprint(wish), clock.monotonic()];
    const before = memory.rewrites;
    const same = before?.wish === text && now - before.since < minute ? before : undefined;
    memory.rewrites = { wish: text, since: same?.since ?? now, count: (same?.count ?? 0) + 1 };
    return memory.rewrites.count >= undoneAfter;
  }

  return {
    async attempt(attempt) {
      const { key, part, wish, write } = attempt;
      const parts = partsOf(key);
      const refused = parts.get(part)?.refused;
      const wait = refused === undefined ? 0 : refused.again - clock.monotonic();
      if (refused !== undefined && wait > 0 && refused.wish === fingerprint(wish))
        return { kind: 'refused', message: refused.message, fresh: false, requeueAfter: wait };
      try {
        const results = await write();
        const { rewrites } = parts.get(part) ?? {};
        const memory: Memory = rewrites === undefined ? {} : { rewrites };
        if (results.includes('updated') && shown.has(part) && isUndone(memory, wish))
          return refuse(
            attempt,
            `it was written ${undoneAfter} times in a minute, and changed back by somebody`,
            parts,
          );
        remember(attempt, memory, parts);
        return { kind: 'done', results };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return refuse(attempt, error.message, parts);
      }
    },
    clear(key, part) {
      remember({ key, part }, {});
    },
    of(key, part) {
      const memory = of(key, part);
      const { message } = memory?.refused ?? {};
      return { tried: memory !== undefined, ...(message !== undefined && { message }) };
    },
    forget: (key) => void memories.delete(key),
  };
}

/** The same for the same wish; the wishes of 10,000 mirrors themselves would be a lot to keep. */
function fingerprint(wish: object): string {
  return createHash('sha256').update(JSON.stringify(wish)).digest('base64');
}
