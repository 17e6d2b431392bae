import { hash } from 'node:crypto';
import type { ApplyResult } from '../runtime/apply.js';
import { backoffDelay } from '../runtime/backoff.js';
import type { Clock } from '../runtime/clock.js';
import { isRefusal } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';

/**
 * The kinds of writes for a mirror; `mirror`: an automatic one itself; `pods`: the mirrors of its pods; `leftovers`: removing what an earlier mirror has
 * left. The status of a Link has a part for each of its writers.
 */
export type WrittenPart =
  'mirror' | 'pods' | 'service' | 'slices' | 'status' | 'leftovers' | `status ${string}`;

/** Parts whose refusal appears in the status of the mirror. */
const shown: ReadonlySet<WrittenPart> = new Set<WrittenPart>(['service', 'slices']);

/** The result of a write; `lacking`: this cluster lacks the wanted address family. */
export type Written = ApplyResult | 'lacking';

/** A write. */
export interface Attempt {
  /** Key of the mirror, or of another object of the write. */
  readonly key: string;
  readonly part: WrittenPart;
  /** Name of the written object, as in `Service "hello"`. */
  readonly what: string;
  /** The desired content: while it is refused, it is not tried again before its time. */
  readonly wish: object;
  readonly write: () => Promise<readonly Written[]>;
}

/** The outcome of a write. */
export type Outcome =
  | { readonly kind: 'done'; readonly results: readonly Written[] }
  /** `fresh`: this refusal was not reported before. */
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly fresh: boolean;
      readonly requeueAfter: number;
    };

/** The refusals of our own API server, by mirror. */
export interface Refusals {
  attempt(attempt: Attempt): Promise<Outcome>;
  /** Notes that there is nothing to write. */
  clear(key: string, part: WrittenPart): void;
  /**
   * The reason why a part is not written; undefined: it is, or will be. `tried`: whether it was tried since the
   * start.
   */
  of(key: string, part: WrittenPart): { readonly message?: string; readonly tried: boolean };
  /** Forgets a mirror. */
  forget(key: string): void;
}

/** Times in milliseconds: a refused write is tried again within a minute, at growing distances. */
const backoff = { base: 5_000, max: 55_000 };

/** After so many equal writes within a minute, somebody else must be undoing them. */
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
  /** The content that is written repeatedly, and since when. */
  rewrites?: { readonly wish: string; readonly since: number; readonly count: number };
}

/** Starts without refusals. @param onChange called when a part is refused, or not any more */
export function createRefusals(o: {
  clock: Clock;
  log: Log;
  onChange: (key: string) => void;
  random?: () => number;
}): Refusals {
  const { clock, log, onChange, random = Math.random } = o;
  const memories = new Map<string, Map<WrittenPart, Memory>>();

  function of(key: string, part: WrittenPart): Memory | undefined {
    return memories.get(key)?.get(part);
  }

  /** The memory of one mirror; it exists from the first write until the mirror is forgotten. */
  function partsOf(key: string): Map<WrittenPart, Memory> {
    const parts = memories.get(key) ?? new Map<WrittenPart, Memory>();
    memories.set(key, parts);
    return parts;
  }

  /** @param parts those of the mirror when the write began: if it was forgotten since, the outcome is ignored */
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

  function refuse({ key, part, what, wish }: Attempt, why: string, parts: Map<WrittenPart, Memory>): Outcome {
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

  /** Whether somebody undoes the writes; a write without a change does not count. */
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

/** A hash of the desired content, because keeping the content of 10,000 mirrors would need much memory. */
function fingerprint(wish: object): string {
  return hash('sha256', JSON.stringify(wish), 'base64');
}
