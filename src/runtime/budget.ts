import { TooLargeError } from './errors.js';

/** A limit for the bytes that several caches hold together. */
export interface Budget {
  /** A cache's share, with nothing in it yet. */
  account(): Account;
}

/** The part of a budget that one cache uses. */
export interface Account {
  readonly held: number;
  /** @throws TooLargeError when the cache may not hold so much beside the others */
  check(bytes: number): void;
  /** Checks, and records that the cache holds so much now. */
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
          throw new TooLargeError(`the objects to keep of this server have more than ${bytes} bytes`);
      };
      return {
        get held() {
          return held;
        },
        check,
        hold(wanted) {
          // a cache may always hold less than before
          if (wanted > held) check(wanted);
          used += wanted - held;
          held = wanted;
        },
      };
    },
  };
}
