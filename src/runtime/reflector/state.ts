import type { Clock } from '../clock.js';

/**
 * The state of a reflector. `lastEventAt` is `clock.now()`; `since` is the first of the present failures in a row, by
 * `clock.monotonic()`.
 */
export type ReflectorState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'live'; readonly lastEventAt: number }
  | { readonly phase: 'failing'; readonly error: unknown; readonly since: number };

/** The state, with the transitions that a reflector makes. */
export interface StateKeeper {
  readonly current: ReflectorState;
  /** The time of the server's last answer or event, or 0. */
  readonly lastHeard: number;
  readonly heard: () => void;
  readonly failed: (error: unknown) => void;
  readonly onChange: (fn: () => void) => () => void;
}

/** Starts in `starting`; calls listeners for changes of phase, not for every event. */
export function createReflectorState(clock: Clock, onError: (error: unknown) => void): StateKeeper {
  const listeners = new Set<() => void>();
  let phase: ReflectorState['phase'] = 'starting';
  let failure = { error: undefined as unknown, since: 0 };
  let lastHeard = 0;

  const enter = (next: ReflectorState['phase']) => {
    if (phase === next) return;
    phase = next;
    for (const listener of [...listeners])
      try {
        listener();
      } catch (error) {
        onError(error);
      }
  };

  return {
    get current(): ReflectorState {
      switch (phase) {
        case 'starting':
          return { phase };
        case 'live':
          return { phase, lastEventAt: lastHeard };
        case 'failing':
          return { phase, ...failure };
        default:
          return phase satisfies never;
      }
    },
    get lastHeard() {
      return lastHeard;
    },
    heard() {
      lastHeard = clock.now();
      enter('live');
    },
    failed(error) {
      failure = { error, since: phase === 'failing' ? failure.since : clock.monotonic() };
      enter('failing');
    },
    onChange(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
  };
}
