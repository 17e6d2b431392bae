import type { Link } from '../../api/link.js';
import { createExporting } from '../../exports/exporting.js';
import type { HeadlessPods } from '../../exports/headless.js';
import { servedPeer } from '../../peers/decide.js';
import type { Clock } from '../../runtime/clock.js';
import { isConflict } from '../../runtime/errors.js';
import type { Recorder } from '../../runtime/events.js';
import type { LocalCaches, Self } from '../caches.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { LinkStatuses } from '../link/statuswrites.js';
import { createAnnouncements } from './announce.js';
import { createCounts } from './counts.js';
import type { Webhooks } from './webhooks.js';

/** The dependencies of the exports controller. */
export interface ExportsOptions {
  readonly caches: LocalCaches;
  readonly registry: PeerRegistry;
  readonly webhooks: Webhooks;
  readonly pods: HeadlessPods;
  readonly statuses: LinkStatuses;
  readonly events: Recorder;
  readonly self: Self;
  readonly clock: Clock;
}

/** Its only key: whether a Service is exported depends on all Links, and on all other Services. */
export const exportsKey = 'exports';

/** Counts are written no more often than this (ms). */
const writeEvery = 1_000;

/** The field manager of this controller's part of a Link's status. */
const manager = 'service-mirror-exports';

/**
 * Reports what this cluster exports and what it cannot export: writes `exports` of Links' status and Events on
 * Services, nothing else. The ingress gateways decide the same for themselves, with the same functions, and serve it.
 */
export function reconcileExports(options: ExportsOptions): () => Promise<{ requeueAfter: number } | void> {
  const { caches, registry, webhooks, pods, statuses, events, self, clock } = options;
  let callers: ReturnType<Webhooks['read']> = [];
  const exporting = createExporting({ ...caches, callers: () => callers ?? [], pods, own: self.namespace });
  const announce = createAnnouncements(clock);
  const counts = createCounts();

  return async () => {
    const links = caches.links.list();
    callers = webhooks.read(links.some(exportsAll));
    const served = links.filter(({ metadata }) => servedPeer(registry.peer(metadata.name)) !== undefined);
    const exported = exporting(served.map(({ metadata }) => ({ link: metadata.name })));
    const { due, lookAgainIn } = announce(exported.problems);
    for (const { service, reason, message } of due) {
      const about = caches.services.get(service);
      if (about !== undefined)
        events.event(about, { type: 'Warning', reason, message, action: 'Export', once: true });
    }
    const countOf = counts(exported);
    const outcomes = await Promise.allSettled(
      links
        // before that it is not known what a Link with `all` leaves out
        .filter((link) => callers !== undefined || !exportsAll(link))
        .map(({ metadata: { name } }) =>
          statuses.write(name, {
            manager,
            decide: ({ spec }) => (spec.exports === undefined ? {} : { exports: countOf(name) }),
          }),
        ),
    );
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    if (failures.length > 0) throw failures.find((failure) => !isConflict(failure)) ?? failures[0];
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? (outcome.value ?? []) : [],
    );
    const requeueAfter = Math.min(lookAgainIn ?? Infinity, ...refused.map((one) => one.requeueAfter));
    return requeueAfter < Infinity ? { requeueAfter: Math.max(requeueAfter, writeEvery) } : undefined;
  };
}

function exportsAll({ spec }: Readonly<Link>): boolean {
  return spec.exports?.all === true;
}
