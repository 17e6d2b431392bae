/**
 * The promise, or a rejection with the signal's reason if that has aborted or aborts first. Leaves no listener
 * behind.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  // if several are settled already, the first one wins
  return Promise.race([aborted.promise, promise]).finally(() => signal.removeEventListener('abort', stop));
}
