import type { Peer } from '../protocol/peer.js';
import type { Clock } from '../runtime/clock.js';

/** Milliseconds for which certificates count as they were read: one may expire meanwhile, which each handshake notices. */
const readFor = 60_000;

/**
 * Makes a function that reads peers only if they have changed: reading their CAs costs much, and most states have the
 * same ones.
 *
 * @param read is given the time by which certificates are judged
 */
export function createPeerReading<T>(
  clock: Clock,
  read: (peers: readonly Peer[], now: Date) => T,
): (peers: readonly Peer[]) => T {
  let last: { readonly peers: readonly Peer[]; readonly until: number; readonly result: T } | undefined;
  return (peers) => {
    const now = clock.monotonic();
    if (last === undefined || now >= last.until || !areSame(peers, last.peers))
      last = { peers, until: now + readFor, result: read(peers, new Date(clock.now())) };
    return last.result;
  };
}

/** Whether two lists have the same objects: an agent keeps those of peers that have not changed. */
function areSame(one: readonly Peer[], other: readonly Peer[]): boolean {
  return one.length === other.length && one.every((peer, at) => peer === other[at]);
}
