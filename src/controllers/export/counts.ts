import type { ExportCount } from '../../api/linkstatus.js';
import type { Exported } from '../../exports/merge.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';

/** The Links that a service counts for: as one that the peer may call, or as one that cannot be served. */
interface Counted {
  readonly served: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

const nothing: Counted = { served: new Set(), refused: new Set() };

/**
 * Counts Services for each Link: those that its peer may call on at least one port, and those that the Link selects
 * and that cannot be served at all. It keeps the counts: of 10,000 services it looks again only at those that have
 * changed.
 */
export function createCounts(): (
  exported: Pick<Exported, 'exports' | 'problems'>,
) => (link: string) => ExportCount {
  let known: Pick<Exported, 'exports' | 'problems'> = {
    exports: ImmutableMap.of(),
    problems: ImmutableMap.of(),
  };
  /** Service IDs in force, by service. */
  const serviceIds = new Map<string, Set<string>>();
  const counted = new Map<string, Counted>();
  const [served, refused] = [new Map<string, number>(), new Map<string, number>()];

  function take({ exports, problems }: Pick<Exported, 'exports' | 'problems'>): void {
    const touched = new Set(differing(known.problems, problems));
    for (const id of differing(known.exports, exports)) {
      const [before, now] = [known.exports.get(id)?.service, exports.get(id)?.service];
      if (before !== undefined) serviceIds.get(before)?.delete(id);
      if (now !== undefined) serviceIds.set(now, (serviceIds.get(now) ?? new Set()).add(id));
      for (const service of [before, now]) if (service !== undefined) touched.add(service);
    }
    known = { exports, problems };
    for (const service of touched) count(service);
  }

  function count(service: string): void {
    const ids = [...(serviceIds.get(service) ?? [])];
    if (ids.length === 0) serviceIds.delete(service);
    const links = new Set(ids.flatMap((id) => [...(known.exports.get(id)?.allow ?? [])]));
    const naming = new Set((known.problems.get(service) ?? []).flatMap((one) => [...one.links]));
    const before = counted.get(service) ?? nothing;
    const now = { served: links, refused: new Set([...naming].filter((link) => !links.has(link))) };
    add(served, before.served, -1);
    add(refused, before.refused, -1);
    add(served, now.served, 1);
    add(refused, now.refused, 1);
    if (now.served.size + now.refused.size > 0) counted.set(service, now);
    else counted.delete(service);
  }

  return (exported) => {
    take(exported);
    return (link) => {
      const [services, others] = [served.get(link) ?? 0, refused.get(link) ?? 0];
      return { services, refused: others, display: `${services}/${services + others}` };
    };
  };
}

function add(counts: Map<string, number>, links: Iterable<string>, by: number): void {
  for (const link of links) {
    const count = (counts.get(link) ?? 0) + by;
    if (count === 0) counts.delete(link);
    else counts.set(link, count);
  }
}
