import { isIP } from 'node:net';
import dns from 'node:dns/promises';
import type { Clock } from '../runtime/clock.js';
import { waitAtMost } from '../runtime/deadline.js';

/** One address of a name and how long it may be kept, in seconds. */
export interface Resolution {
  readonly ip: string;
  readonly ttl: number;
}

/** Asks the name service once; rejects, or returns nothing, when there is no answer. */
export type Lookup = (host: string) => Promise<readonly Resolution[]>;

/** Turns hosts of gateway addresses into IPs. */
export interface Resolver {
  /** The IPs of a host, or the host itself if it is an IP; rejects with {@link UnresolvedError} when no IP is known. */
  resolve(host: string): Promise<readonly string[]>;
  /** The known IPs of a host, at once. If they are no longer fresh, the name service is asked meanwhile. */
  known?(host: string): readonly string[] | undefined;
}

/** A name without a known address: there was never an answer, or the first answer is late. */
export class UnresolvedError extends Error {
  override readonly name = 'UnresolvedError';
}

/** Bounds for the time to live of an answer, in milliseconds: RFC 1035 allows 0 and 68 years. */
const shortest = 1_000;
const longest = 60_000;

/** Most names that are remembered, since peers choose the names. */
const capacity = 256;

interface Entry {
  ips: readonly string[];
  freshUntil: number;
  asking?: Promise<void> | undefined;
  failure?: unknown;
  /** The last question took too long, so nobody waits for the next one. */
  slow?: boolean;
}

/**
 * A resolver that asks again when the time to live is over. It keeps the last good answer while asking fails or
 * brings nothing: a dead name service must not take down a gateway that works.
 *
 * @param options.patience how long the first question, and a stale answer, may wait for the name service, in milliseconds:
 *   peers choose the names, and one whose name service is slow must hold nobody else up
 */
export function createResolver(options: { clock: Clock; lookup?: Lookup; patience?: number }): Resolver {
  const { clock, lookup = systemLookup, patience = 1_000 } = options;
  const entries = new Map<string, Entry>();

  function entryOf(host: string): Entry {
    const entry = entries.get(host) ?? { ips: [], freshUntil: -Infinity };
    // inserted again, so that the first key is the one that was not asked for the longest
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

  /** The question that is under way, if the known answer is not fresh. */
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

/** Time to live of names that the system takes from elsewhere than DNS (hosts file, search list), in seconds. */
const systemTtl = 5;

/**
 * Asks DNS for A and AAAA records with their times to live, and then the system, whose hosts file may have names that
 * DNS does not have.
 */
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
