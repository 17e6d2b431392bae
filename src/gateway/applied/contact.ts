import type { Clock } from '../../runtime/clock.js';

/** One poll of the operator: the version that it has seen, and whether any slice lists us. */
export interface Poll {
  /** The version of our state that the operator has seen. */
  readonly version: number;
  readonly listed: boolean;
}

/** What a stopping gateway learns from the operator's polls. */
export interface Contact {
  begin(poll: Poll): void;
  end(): void;
  /**
   * Waits until an operator that has seen `version` reports that no slice lists us; `silent` when no operator polls,
   * `late` after `limit` milliseconds.
   */
  whenUnlisted(version: number, limit: number): Promise<'unlisted' | 'silent' | 'late'>;
}

/**
 * After this time without a poll, in milliseconds, there is no operator. It polls every two seconds, but may be busy
 * for longer with a thousand slices. Leaving too early costs connections; leaving too late costs only time.
 */
const silence = 15_000;
const checkEvery = 500;

/** Remembers the time of the operator's last poll. */
export function createContact(clock: Clock): Contact {
  let open = 0;
  let heardAt = -Infinity;
  const listeners = new Set<(poll: Poll) => void>();
  const isSilent = () => open === 0 && clock.monotonic() - heardAt >= silence;

  return {
    begin(poll) {
      open++;
      heardAt = clock.monotonic();
      for (const listener of [...listeners]) listener(poll);
    },
    end() {
      open--;
      heardAt = clock.monotonic();
    },
    whenUnlisted(version, limit) {
      return new Promise((resolve) => {
        const cancelLimit = clock.after(limit, () => finish('late'));
        let cancelCheck = () => {};
        const finish = (outcome: 'unlisted' | 'silent' | 'late') => {
          listeners.delete(listener);
          cancelLimit();
          cancelCheck();
          resolve(outcome);
        };
        // an older poll may say "not listed" while the operator is about to add us to a slice
        const listener = (poll: Poll) => {
          if (!poll.listed && poll.version >= version) finish('unlisted');
        };
        const check = () => {
          if (isSilent()) finish('silent');
          else cancelCheck = clock.after(checkEvery, check);
        };
        listeners.add(listener);
        check();
      });
    },
  };
}
