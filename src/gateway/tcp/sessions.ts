import type { Clock } from '../../runtime/clock.js';

/** Live connections, each with its grant. */
export interface Sessions<K> {
  /** Adds one; the returned function takes it out again. */
  open(key: K, cut: () => void): () => void;
  /** Cuts those that match and says how many. */
  cut(matches: (key: K) => boolean): number;
  readonly size: number;
  /** Resolves when none is left, at the latest after `ms`. */
  drained(ms: number): Promise<void>;
}

/** An empty set of sessions. */
export function createSessions<K>(clock: Clock): Sessions<K> {
  const live = new Set<{ readonly key: K; readonly cut: () => void }>();
  const waiting = new Set<() => void>();

  function open(key: K, cut: () => void): () => void {
    const session = { key, cut };
    live.add(session);
    return () => {
      live.delete(session);
      if (live.size === 0) for (const wake of waiting) wake();
    };
  }

  function cut(matches: (key: K) => boolean): number {
    const cuts = [...live].filter(({ key }) => matches(key));
    for (const session of cuts) session.cut();
    return cuts.length;
  }

  function drained(ms: number): Promise<void> {
    if (live.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        waiting.delete(wake);
        resolve();
      };
      const cancel = clock.after(ms, wake);
      waiting.add(wake);
    });
  }

  return {
    open,
    cut,
    drained,
    get size() {
      return live.size;
    },
  };
}
