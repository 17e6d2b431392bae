import type { Clock } from './clock.js';

/** A call was given up because its time is over. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** A signal that aborts when the caller's does or when the time is over, whichever is first. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Milliseconds left. */
  remaining(): number;
  /** Removes the timer and the listener; call it when the work is done. */
  done(): void;
}

/**
 * Starts a deadline of `ms` milliseconds, under the caller's signal if there is one.
 *
 * @param exceeded why the signal aborts when the time is over; absent: a {@link DeadlineExceeded}
 */
export function startDeadline(clock: Clock, ms: number, outer?: AbortSignal, exceeded?: Error): Deadline {
  // AbortSignal.any and AbortSignal.timeout would use the machine's time, and cost more per call
  const controller = new AbortController();
  const end = clock.monotonic() + ms;
  const cancel = clock.after(ms, () =>
    controller.abort(exceeded ?? new DeadlineExceeded(`no answer within ${ms} ms`)),
  );
  const stop = () => controller.abort(outer?.reason);
  if (outer?.aborted) stop();
  else outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    remaining: () => end - clock.monotonic(),
    done() {
      cancel();
      outer?.removeEventListener('abort', stop);
    },
  };
}

/** Waits for work, but no longer than `ms` milliseconds; leaves no timer behind. */
export async function waitAtMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const cancel = clock.after(ms, over.resolve);
  await Promise.race([work, over.promise]).finally(cancel);
}

/** Why a signal was aborted, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

/**
 * The promise, or a rejection with the signal's reason if that has aborted or aborts first. Leaves no listener
 * behind.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(reasonOf(signal));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  // if several are settled already, the first one wins
  return Promise.race([aborted.promise, promise]).finally(() => signal.removeEventListener('abort', stop));
}
