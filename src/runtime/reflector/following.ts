import type { KubeObject } from '../../api/objects.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { watchForRewind } from '../rewind.js';
import type { Reflector } from './reflector.js';

/** A reflector that runs until it is stopped. */
export interface Following {
  /** Aborts when it is stopped. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/** How it is told of. */
export interface FollowingOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What is logged, once, when the API server does not let us read. */
  readonly unreadable: string;
  /** Called when everything was read for the first time. */
  readonly onSynced: () => void;
}

/** Runs a reflector of something that is not needed all the time. */
export function follow<T extends KubeObject>(
  reflector: Reflector<T>,
  { clock, log, unreadable, onSynced }: FollowingOptions,
): Following {
  const stopping = new AbortController();
  const { signal } = stopping;
  const warned = reflector.onState(() => {
    const { state } = reflector;
    if (state.phase !== 'failing') return;
    warned();
    log.warn(unreadable, { error: state.error });
  });
  void reflector.run(signal);
  void watchForRewind([reflector], { clock, log }, signal);
  reflector.whenSynced(signal).then(onSynced, () => {});
  return { signal, stop: () => stopping.abort() };
}
