import type { Clock } from '../../runtime/clock.js';

/** One poll of the operator: the version that it has seen, and whether any slice lists us. */
export interface Poll {
  /** The version of our state that the operator has seen. */
  readonly version: number;
  readonly listed: boolean;
  /** The share of the Links that it works for. @default 0 */
  readonly share?: number;
}

/** What a stopping gateway learns from the operator's polls. */
export interface Contact {
  begin(poll: Poll): void;
  /** Ends a poll for that share. */
  end(share?: number): void;
  /**
   * Waits until the operator reports, for each share that it polls for, that it has seen `version` and that no slice
   * lists us; `silent` when no operator polls, `late` after `limit` milliseconds.
   */
  whenUnlisted(version: number, limit: number): Promise<'unlisted' | 'silent' | 'late'>;
}

/**
 * After this time without a poll, in milliseconds, there is no operator. It polls every two seconds, but may be busy
 * for longer with a thousand slices. Leaving too early costs connections; leaving too late costs only time.
 */
const silence = 15_000;
const checkEvery = 500;

/** The polls for one share. */
interface Heard {
  open: number;
  at: number;
  last: Poll;
}

/** Most shares that are told apart. */
const most = 64;

/** Remembers the time of the operator's last polls. */
export function createContact(clock: Clock): Contact {
  const shares = new Map<number, Heard>();
  const listeners = new Set<() => void>();
  const isSilent = ({ open, at }: Heard) => open === 0 && clock.monotonic() - at >= silence;
  const polling = () => [...shares.values()].filter((heard) => !isSilent(heard));

  return {
    begin(poll) {
      const { share = 0 } = poll;
      const open = shares.get(share)?.open ?? 0;
      if (shares.has(share) || shares.size < most)
        shares.set(share, { open: open + 1, at: clock.monotonic(), last: poll });
      for (const listener of [...listeners]) listener();
    },
    end(share = 0) {
      const heard = shares.get(share);
      if (heard === undefined) return;
      heard.open--;
      heard.at = clock.monotonic();
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
        const isUnlisted = ({ last }: Heard) => !last.listed && last.version >= version;
        const listener = () => {
          if (polling().every(isUnlisted)) finish('unlisted');
        };
        const check = () => {
          if (polling().length === 0) finish('silent');
          else cancelCheck = clock.after(checkEvery, check);
        };
        listeners.add(listener);
        check();
      });
    },
  };
}
