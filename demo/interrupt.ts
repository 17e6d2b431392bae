/** Lets a process that is told to stop finish only what must not be left half done. */
export interface Interrupt {
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal;
  /** Lets the process live until this work has ended. */
  readonly hold: <T>(work: Promise<T>) => Promise<T>;
}

/**
 * Takes over Ctrl-C and SIGTERM: aborts, waits for what is held, and exits with 130 (as a shell says of SIGINT).
 *
 * @param farewell called last, with nothing else going on
 */
export function takeInterrupts(begin: () => void, farewell: () => Promise<void>): Interrupt {
  const interrupt = new AbortController();
  const held = new Set<Promise<unknown>>();
  const leave = async () => {
    begin();
    interrupt.abort(new Error('interrupted'));
    await Promise.allSettled(held);
    await farewell();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave());
  return {
    signal: interrupt.signal,
    hold(work) {
      held.add(work);
      return work;
    },
  };
}
