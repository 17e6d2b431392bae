/** The time, passed in so that tests need not wait for it. All durations are milliseconds. */
export interface Clock {
  /** Wall time since the epoch; may jump. For time stamps only. */
  now(): number;
  /** Time since some fixed moment; never jumps. For measuring. */
  monotonic(): number;
  /** Calls `fn` once after `ms` (very long times may end sooner); the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Makes `sleep` out of `after`, the same way for every clock. */
export function sleeper(after: Clock['after']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = after(ms, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
}

/**
 * Longest time of a Node timer (24.8 days): a timer with more fires at once, and a caller that waits again would
 * spin.
 */
const longest = 2 ** 31 - 1;

function after(ms: number, fn: () => void): () => void {
  const timer = setTimeout(fn, Math.min(ms, longest));
  return () => clearTimeout(timer);
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  sleep: sleeper(after),
};

/** Writes a time in the form of metav1.MicroTime: RFC 3339, UTC, six decimals; a Date alone has only three. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
