import { TooLargeError } from './errors.js';

/** What several caches may hold together, in bytes. */
export interface Budget {
  /** A cache's share, with nothing in it yet. */
  account(): Account;
}

/** What one cache holds of a budget. */
export interface Account {
  readonly held: number;
  /** @throws TooLargeError when the cache may not hold so much beside the others */
  check(bytes: number): void;
  /** Checks, and says that the cache holds so much now. */
  hold(bytes: number): void;
}

/** Makes a budget of which nothing is used. */
export function createBudget(bytes: number): Budget {
  let used = 0;
  return {
    account() {
      let held = 0;
      const check = (wanted: number) => {
        if (used - held + wanted > bytes)
          throw new TooLargeError(`what is to be kept of this server has more than ${bytes} bytes`);
      };
      return {
        get held() {
          return held;
        },
        check,
        hold(wanted) {
          // Less is always welcome.
          if (wanted > held) check(wanted);
          used += wanted - held;
          held = wanted;
        },
      };
    },
  };
}
