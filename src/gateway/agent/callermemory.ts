import type { Clock } from '../../runtime/clock.js';

/** What callers have recently said on the peer channel. */
export interface CallerMemory {
  /** A gateway of that link's peer has called, and trusts CAs of ours with these fingerprints. */
  heard(link: string, trusts: readonly string[]): void;
  /** By link: the CAs that every recent caller trusts, sorted; a link without callers is absent. */
  trusted(): ReadonlyMap<string, readonly string[]>;
}

/** After this time without a call, in milliseconds, a caller no longer counts: gateways call every few seconds. */
export const callerMemory = 60_000;

/** Most different statements on one link that are remembered; the oldest is dropped first. */
const mostSaid = 64;

/**
 * Remembers statements by link, not by caller: callers with the same statement count once. A changed statement
 * replaces the old one when nobody has made the old one for {@link callerMemory}.
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
