import type { Worker } from './runtime.js';

/** The longest pause, in milliseconds: in that time the connections of the oldest worker may still end by themselves. */
const longest = 300_000;

/** A reload has to wait; the present worker goes on. */
export class PauseError extends Error {
  override readonly name = 'PauseError';
  /** Until it may be, in milliseconds. */
  readonly ms: number;

  /** HAProxy's last refusal, if that is the reason. */
  readonly refusal: Error | undefined;
  /** Files with our certificate or with CAs that wait, while all the rest is in force; empty: what is rendered waits. */
  readonly files: readonly string[];

  constructor(ms: number, refusal?: Error, files: readonly string[] = []) {
    super(
      refusal?.message ??
        `HAProxy has to be reloaded, and that waits for at most ${longest / 60_000} minutes: connections of before the last reloads still live`,
    );
    this.ms = ms;
    this.refusal = refusal;
    this.files = files;
  }
}

/**
 * Old workers that live at a time. Each has its own connections, counted by itself, and so its own memory: a gateway may
 * hold that many times its caps for as long as connections of before reloads live.
 */
export const mostOld = 8;

/** Seconds from one reload to the next for the same cause, by what those before have left behind: the first is at once. */
const growing = [0, 1, 2, 4, 8, 16, 30] as const;

/** The input of a pause. */
export interface Left {
  /** Old workers, which only live for their last connections. */
  readonly old: number;
  /** Those of them that were left behind by reloads for the same cause. */
  readonly own: number;
  /** The refusals of HAProxy since it last accepted a configuration: another try also costs it a start. */
  readonly refusals: number;
}

/**
 * Milliseconds from a reload to the next. A cause has no more old workers than it leaves to others, so that a cause
 * of many reloads makes no other cause wait for long. If the last reload of a cause is long ago, it waits for a
 * second while old workers live, and otherwise not at all.
 */
export function pauseAfter({ old, own, refusals }: Left): number {
  if (own + old >= mostOld) return longest;
  const step = Math.max(own, Math.min(old, 1)) + refusals;
  return 1_000 * growing[Math.min(step, growing.length - 1)]!;
}

/**
 * The workers that must end before there is another one: those that have lived through the most reloads. The last
 * place is for a cause that has left none behind.
 */
export function surplus(workers: readonly Worker[], own: number): readonly Worker[] {
  const most = own > 0 ? mostOld - 1 : mostOld;
  const old = workers.filter((worker) => worker.old);
  return old.toSorted((a, b) => b.reloads - a.reloads).slice(0, Math.max(0, old.length - most + 1));
}
