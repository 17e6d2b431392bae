import type { Exported } from '../../exports/exports.js';
import type { ExportCount } from '../../api/linkstatus.js';

/**
 * Counts Services for each Link: those that its peer may call on at least one port, and those that the Link selects
 * and that cannot be served at all.
 */
export function countExports({ exports, problems }: Exported): (link: string) => ExportCount {
  const served = new Map<string, Set<string>>();
  const refused = new Map<string, Set<string>>();
  for (const { service, allow } of exports) for (const link of allow) add(served, link, service);
  for (const { service, links } of problems)
    for (const link of links) if (served.get(link)?.has(service) !== true) add(refused, link, service);
  return (link) => {
    const [services, others] = [served.get(link)?.size ?? 0, refused.get(link)?.size ?? 0];
    return { services, refused: others, display: `${services}/${services + others}` };
  };
}

function add(all: Map<string, Set<string>>, link: string, service: string): void {
  const found = all.get(link);
  if (found === undefined) all.set(link, new Set([service]));
  else found.add(service);
}
