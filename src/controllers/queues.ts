import type { ImportSources } from './import/keys.js';
import type { Urgency } from '../runtime/lanes.js';

/** The queues, by the controller they feed. */
export type QueueName =
  | 'automatic'
  | 'services'
  | 'endpoints'
  | 'pods'
  | 'status'
  | 'links'
  | 'health'
  | 'exports'
  | 'invitations'
  | 'gateway'
  | 'rotation';

/** The queues of a mirror, in the order in which a new one needs them. */
export const mirrorQueues = ['services', 'endpoints', 'status'] as const;

/**
 * Counts in the statuses of so many Links may lag by this much (ms): a thousand mirrors make few writes, and up to 150
 * Links together no more than five a second.
 */
export function countLag(links: number): number {
  return Math.min(30_000, Math.max(1_000, links * 200));
}

/**
 * A mirror without slices waits so long (ms) after an egress gateway has its route: the others have it a moment later,
 * and one write lists them all. When many routes change, each gateway applies them, and is asked for them, every 100 ms.
 */
export const firstRouteLag = 250;

/**
 * A new leader waits so long (ms) for its first sight of the remote clusters, which wakes their mirrors, too: with what
 * takes traffic away, and with all the rest.
 */
export const startLag = { urgent: 2_000, bulk: 5_000 } as const;

/** The place of a queue among those of mirrors; -1: it is none of them. */
export function orderOf(queue: string): number {
  return (mirrorQueues as readonly string[]).indexOf(queue);
}

/** Puts a key into a queue, at once or later (ms). */
export type Wake = (queue: QueueName, key: string, o?: { afterMs?: number; urgency?: Urgency }) => void;

/** Memories of things that may change or go, by their owner. */
export type MemoryName =
  /** The resolved peers, from all Links and from what their clusters publish. */
  | 'peers'
  /** The watches of a remote cluster, by Link. */
  | 'remote'
  /** Which automatic mirrors of a Link are kept although their Services are gone. */
  | 'deletions'
  /** What a Link selected before: the mirrors that go now are meant to go. */
  | 'selection'
  /** The remote Services of a Link that have no automatic mirror. */
  | 'unmade'
  /** The results of the last renewals of a token, by Link. */
  | 'renewals'
  /** The results of probes of a gateway, by Link. */
  | 'probes'
  /** Series of the metrics, by Link. */
  | 'series'
  /** The egress ports of a mirror, by its UID. */
  | 'ports'
  /** The mirrors whose first status waits, by key. */
  | 'firsts'
  /** The mirrors that may be gone although a cache still has them, by key. */
  | 'suspects'
  /** The refusals of our own API server, by the key of the mirror, or by `keyOfLink` for a Link. */
  | 'refusals';

/** Clears the memory of that key; a memory without keys is cleared as a whole. */
export type Forget = (memory: MemoryName, key?: string) => void;

/** The queues, as the table sees them. */
export interface WiringOptions extends ImportSources {
  readonly wake: Wake;
  readonly forget: Forget;
  /** Whether a key is in line in that queue, or is worked on. */
  readonly isInLine: (queue: QueueName, key: string) => boolean;
  /** Whether the mirror of that key is this process's work. */
  readonly isOurs: (mirror: string) => boolean;
  /** Whether the remote cluster of that Link was read; when it is, its mirrors are woken. */
  readonly isRead: (link: string) => boolean;
  /**
   * Takes note that the remote Service of an automatic or federated mirror may have come or gone; without a key of its
   * queue: any of that Link.
   */
  readonly noted: (link: string, key?: string) => void;
  /** Takes note that something made for the mirror of that key is gone, and maybe the mirror, too. */
  readonly suspect: (mirror: string) => void;
}
