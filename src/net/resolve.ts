import { isIP } from 'node:net';
import dns from 'node:dns/promises';
import type { Clock } from '../runtime/clock.js';
import { waitAtMost } from '../runtime/deadline.js';

/** One address of a name and how long it may be kept, in seconds. */
export interface Resolution {
  readonly ip: string;
  readonly ttl: number;
}

/** Asks the name service once; rejects, or answers nothing, when it has nothing to say. */
export type Lookup = (host: string) => Promise<readonly Resolution[]>;

/** Turns hosts of gateway addresses into IPs. */
export interface Resolver {
  /** IPs of a host, itself if it is one; rejects with {@link UnresolvedError} when none is known of the name. */
  resolve(host: string): Promise<readonly string[]>;
  /** What is known of a host, at once; when that is no longer fresh, the name service is asked meanwhile. */
  known?(host: string): readonly string[] | undefined;
}

/** A name of which no address is known: it never had one since we first asked, or the answer is late. */
export class UnresolvedError extends Error {
  override readonly name = 'UnresolvedError';
}

/** Bounds of what a name service may ask us to keep, in milliseconds: RFC 1035 allows 0 and 68 years. */
const shortest = 1_000;
const longest = 60_000;

/** Peers choose the names; this many are remembered. */
const capacity = 256;

interface Entry {
  ips: readonly string[];
  freshUntil: number;
  asking?: Promise<void> | undefined;
  failure?: unknown;
  /** The last question took too long: nobody waits for the next one. */
  slow?: boolean;
}

/**
 * A resolver that asks again when the time to live is over, and keeps the last good answer for as long as asking fails
 * or brings nothing: a dead name service must not take down a gateway that works.
 *
 * @param options.patience how long the first question, and a stale answer, may wait for the name service, in milliseconds:
 *   peers choose the names, and one whose name service is slow must hold nobody else up
 */
export function createResolver(options: { clock: Clock; lookup?: Lookup; patience?: number }): Resolver {
  const { clock, lookup = systemLookup, patience = 1_000 } = options;
  const entries = new Map<string, Entry>();

  function entryOf(host: string): Entry {
    const entry = entries.get(host) ?? { ips: [], freshUntil: -Infinity };
    // re-inserted, so that the first key is the one that was not asked for the longest
    entries.delete(host);
    entries.set(host, entry);
    if (entries.size > capacity) entries.delete(entries.keys().next().value ?? '');
    return entry;
  }

  async function ask(host: string, entry: Entry): Promise<void> {
    const began = clock.monotonic();
    let answers: readonly Resolution[] = [];
    try {
      answers = await lookup(host);
      entry.failure = undefined;
    } catch (error) {
      entry.failure = error;
    }
    const ttl = Math.min(longest, 1_000 * Math.min(...answers.map((answer) => answer.ttl), 60));
    entry.freshUntil = clock.monotonic() + (answers.length === 0 ? shortest : Math.max(shortest, ttl));
    if (answers.length > 0) entry.ips = [...new Set(answers.map((answer) => answer.ip))];
    entry.asking = undefined;
    entry.slow = clock.monotonic() - began > patience;
  }

  async function resolve(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const entry = entryOf(host);
    const asking = refreshed(host, entry);
    if (asking !== undefined && !entry.slow) await waitAtMost(clock, patience, asking);
    if (entry.asking !== undefined) entry.slow = true;
    if (entry.ips.length > 0) return entry.ips;
    throw new UnresolvedError(`no address found for ${host}`, { cause: entry.failure });
  }

  /** The question that is under way, if what is known is not fresh. */
  function refreshed(host: string, entry: Entry): Promise<void> | undefined {
    if (clock.monotonic() < entry.freshUntil) return undefined;
    return (entry.asking ??= ask(host, entry));
  }

  function known(host: string): readonly string[] | undefined {
    if (isIP(host) !== 0) return [host];
    const entry = entryOf(host);
    void refreshed(host, entry);
    return entry.ips.length > 0 ? entry.ips : undefined;
  }

  return { resolve, known };
}

/** Time to live of names that the system knows otherwise than from DNS (hosts file, search list), in seconds. */
const systemTtl = 5;

/** Asks DNS for A and AAAA records with their times to live; what it does not know may stand in the hosts file. */
export async function systemLookup(host: string): Promise<readonly Resolution[]> {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  const records = await Promise.allSettled([
    resolver.resolve4(host, { ttl: true }),
    resolver.resolve6(host, { ttl: true }),
  ]);
  const answers = records.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  if (answers.length > 0) return answers.map(({ address, ttl }) => ({ ip: address, ttl }));
  const known = await dns.lookup(host, { all: true });
  return known.map(({ address }) => ({ ip: address, ttl: systemTtl }));
}
