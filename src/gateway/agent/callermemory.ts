import type { Clock } from '../../runtime/clock.js';

/** What callers have lately said of themselves on the peer channel. */
export interface CallerMemory {
  /** A gateway of that link's peer has called, and trusts CAs of ours with these fingerprints. */
  heard(link: string, trusts: readonly string[]): void;
  /** By link: the CAs that every caller heard lately trusts, sorted; a link that nobody called on is not there. */
  trusted(): ReadonlyMap<string, readonly string[]>;
}

/** Who has not called for this long, in milliseconds, is not counted any more: gateways call every few seconds. */
export const callerMemory = 60_000;

/** Different things said on one link that are remembered; the oldest goes. */
const mostSaid = 64;

/**
 * A memory of what was said, by link, not of who said it: callers that say the same are one, and whoever comes to say
 * something else is out of the way when nobody has said the old thing for {@link callerMemory}.
 */
export function createCallerMemory(clock: Clock): CallerMemory {
  const links = new Map<string, Map<string, number>>();

  function forgetOld(): void {
    const oldest = clock.monotonic() - callerMemory;
    for (const [link, said] of links) {
      for (const [text, at] of said) if (at < oldest) said.delete(text);
      if (said.size === 0) links.delete(link);
    }
  }

  return {
    heard(link, trusts) {
      const said = links.get(link) ?? new Map<string, number>();
      links.set(link, said);
      const text = trusts.toSorted().join();
      said.delete(text);
      said.set(text, clock.monotonic());
      if (said.size > mostSaid) said.delete(said.keys().next().value as string);
    },
    trusted() {
      forgetOld();
      return new Map(
        [...links].map(([link, said]) => {
          const [first = [], ...others] = [...said.keys()].map((text) =>
            text === '' ? [] : text.split(','),
          );
          return [link, first.filter((print) => others.every((prints) => prints.includes(print)))] as const;
        }),
      );
    },
  };
}
