import type { Address } from '../net/address.js';
import type { Exported, ExportProblem, ServiceExport } from './exports.js';

/**
 * Merges the exports of all services. A service ID that stands for two targets (a collision of hashes, or one that
 * somebody has made on purpose) serves neither: a caller must never reach another service than the one it means.
 */
export function mergeExports(all: Iterable<Exported>): Exported {
  const byServiceId = new Map<string, ServiceExport>();
  const clashing = new Map<string, ServiceExport[]>();
  const problems: ExportProblem[] = [];
  for (const one of all) {
    problems.push(...one.problems);
    for (const candidate of one.exports) {
      const { serviceId } = candidate;
      const other = byServiceId.get(serviceId);
      if (other === undefined) byServiceId.set(serviceId, candidate);
      else if (sameTarget(other.target, candidate.target))
        byServiceId.set(serviceId, united(other, candidate));
      else clashing.set(serviceId, [...(clashing.get(serviceId) ?? [other]), candidate]);
    }
  }
  for (const [serviceId, candidates] of clashing) {
    byServiceId.delete(serviceId);
    for (const [service, own] of Map.groupBy(candidates, (candidate) => candidate.service)) {
      const others = new Set(candidates.map((candidate) => candidate.service));
      others.delete(service);
      problems.push({
        ...{ service, reason: 'ServiceIDConflict' },
        message: `port ${own[0]!.target.port} is not exported: its service ID ${serviceId} also stands for ${[...others].join(', ') || 'another port of its own'}; rename one of them`,
        links: new Set(own.flatMap(({ allow }) => [...allow])),
      });
    }
  }
  return { exports: [...byServiceId.values()], problems };
}

function united(one: ServiceExport, other: ServiceExport): ServiceExport {
  return { ...one, allow: new Set([...one.allow, ...other.allow]) };
}

function sameTarget(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}
