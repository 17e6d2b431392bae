import type { Clock } from '../../runtime/clock.js';

/** One poll of the operator: how much of us it knows, and whether any slice holds our address. */
export interface Poll {
  /** The version of our state that the operator has seen. */
  readonly version: number;
  readonly listed: boolean;
}

/** What the operator's polls tell a gateway that wants to stop. */
export interface Contact {
  begin(poll: Poll): void;
  end(): void;
  /**
   * Waits until an operator that has seen `version` says that no slice holds our address; `silent` when no operator
   * polls, `late` after `limit` milliseconds.
   */
  whenUnlisted(version: number, limit: number): Promise<'unlisted' | 'silent' | 'late'>;
}

/**
 * An operator that has not polled for this long, in milliseconds, is not there. It polls every two seconds, but may be busy
 * for longer with a thousand slices; and to leave too early costs connections, too late only time.
 */
const silence = 15_000;
const checkEvery = 500;

/** Remembers when the operator was last heard. */
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
        // an older poll may say "not listed" while the operator is about to list us
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
