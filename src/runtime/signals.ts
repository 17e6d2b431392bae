import type { Log } from './log.js';

/** The parts of `process` that are used here. */
export interface Host {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
}

/** The root signal of the process, and a way to stop listening. */
export interface Root {
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * Turns the first SIGTERM or SIGINT into an abort, for an orderly end, and the second into exit code 1. An uncaught
 * error is logged and ends the process with 1, because its state is unknown from then on.
 */
export function rootSignal(log: Log, host: Host = process): Root {
  const controller = new AbortController();
  const stopper = (name: string) => () => {
    if (controller.signal.aborted) {
      log.warn('stopped at once', { signal: name });
      return host.exit(1);
    }
    log.info('stopping', { signal: name });
    controller.abort(new Error(`stopped by ${name}`));
  };
  const crash = (error: unknown) => {
    log.error('nobody caught an error', { error });
    host.exit(1);
  };
  const listeners = [
    ['SIGTERM', stopper('SIGTERM')],
    ['SIGINT', stopper('SIGINT')],
    ['unhandledRejection', crash],
    ['uncaughtException', crash],
  ] as const;
  for (const [event, listener] of listeners) host.on(event, listener);
  return {
    signal: controller.signal,
    dispose() {
      for (const [event, listener] of listeners) host.off(event, listener);
    },
  };
}
