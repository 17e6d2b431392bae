import { isDeepStrictEqual } from 'node:util';
import type { Address } from '../net/address.js';
import { ImmutableMap } from '../runtime/immutable.js';
import type { ExportProblem, ServiceExport, ServiceExports } from './exports.js';

/** What all services export, and their problems. What stays the same keeps the same objects. */
export interface Exported {
  /** By service ID. */
  readonly exports: ImmutableMap<string, ServiceExport>;
  /** By service (`namespace/name`); none of a service without problems. */
  readonly problems: ImmutableMap<string, readonly ExportProblem[]>;
  /** By service: what single services export, those that Links may have. A service ID may be contested all the same. */
  readonly offered: ImmutableMap<string, ServiceExports>;
}

/** The exports of single services, by `namespace/name`; undefined: the service is gone. */
export type ServiceChanges = Iterable<readonly [service: string, now: ServiceExports | undefined]>;

const nothing: ServiceExports = { exports: [], problems: [] };

/**
 * Merges the exports of services, and keeps the result: a change costs what it touches. A service ID that stands for
 * two targets (a collision of hashes, or one that somebody has made on purpose) serves neither: a caller must never
 * reach another service than the one it means. The result is the same in whichever order services come.
 */
export function createMerge(): (changes: ServiceChanges) => Exported {
  const known = new Map<string, ServiceExports>();
  /** All exports of a service ID, those of one service in its order. */
  const candidates = new Map<string, readonly ServiceExport[]>();
  let merged: Exported = {
    ...{ exports: ImmutableMap.of(), problems: ImmutableMap.of(), offered: ImmutableMap.of() },
  };

  /** Notes what a service exports; returns the service IDs that this touches. */
  function take(service: string, now: ServiceExports): readonly string[] {
    const before = known.get(service) ?? nothing;
    if (isDeepStrictEqual(before, now)) return [];
    if (now.exports.length + now.problems.length > 0 || now.offer !== undefined) known.set(service, now);
    else known.delete(service);
    for (const { serviceId } of before.exports)
      candidates.set(
        serviceId,
        (candidates.get(serviceId) ?? []).filter((one) => one.service !== service),
      );
    for (const one of now.exports)
      candidates.set(one.serviceId, [...(candidates.get(one.serviceId) ?? []), one]);
    return [...before.exports, ...now.exports].map(({ serviceId }) => serviceId);
  }

  /** The export of a service ID; undefined: there is none. */
  function servedBy(serviceId: string): ServiceExport | undefined {
    const all = candidates.get(serviceId) ?? [];
    if (all.length === 0) candidates.delete(serviceId);
    if (all.length < 2) return all[0];
    return isContested(all) ? undefined : united(all.toSorted(byService));
  }

  /** The problems of a service, its own and those that others bring it. */
  function problemsOf(service: string): readonly ExportProblem[] | undefined {
    const { exports, problems } = known.get(service) ?? nothing;
    const ids = new Set(exports.map(({ serviceId }) => serviceId));
    const conflicts = [...ids].flatMap((serviceId) => {
      const all = candidates.get(serviceId) ?? [];
      return all.length > 1 && isContested(all) ? conflictOf(service, all.toSorted(byService)) : [];
    });
    return problems.length + conflicts.length > 0 ? [...problems, ...conflicts] : undefined;
  }

  return (changes) => {
    const services = new Set<string>();
    const serviceIds = new Set<string>();
    for (const [service, now = nothing] of changes) {
      const touched = take(service, now);
      services.add(service);
      for (const serviceId of touched) serviceIds.add(serviceId);
    }
    for (const serviceId of serviceIds)
      for (const { service } of candidates.get(serviceId) ?? []) services.add(service);
    const exports = merged.exports.with(
      [...serviceIds].map((id) => [id, kept(merged.exports.get(id), servedBy(id))]),
    );
    const problems = merged.problems.with(
      [...services].map((service) => [service, kept(merged.problems.get(service), problemsOf(service))]),
    );
    const offered = merged.offered.with(
      [...services].map((service) => [service, offeredBy(known.get(service))]),
    );
    if (exports !== merged.exports || problems !== merged.problems || offered !== merged.offered)
      merged = { exports, problems, offered };
    return merged;
  };
}

function offeredBy(exports: ServiceExports | undefined): ServiceExports | undefined {
  return exports?.offer === undefined ? undefined : exports;
}

/** The present object if the new one is equal. */
function kept<T>(before: T | undefined, now: T | undefined): T | undefined {
  return isDeepStrictEqual(before, now) ? before : now;
}

function isContested(all: readonly ServiceExport[]): boolean {
  return all.some(({ target }) => !sameTarget(target, all[0]!.target));
}

/** One target that several services name: all who may call one of them may call it. */
function united(all: readonly ServiceExport[]): ServiceExport {
  return { ...all[0]!, allow: new Set(all.flatMap(({ allow }) => [...allow])) };
}

function conflictOf(service: string, all: readonly ServiceExport[]): ExportProblem {
  const own = all.filter((one) => one.service === service);
  const others = new Set(all.map((one) => one.service));
  others.delete(service);
  const { serviceId, target } = own[0]!;
  return {
    ...{ service, reason: 'ServiceIDConflict' },
    message: `port ${target.port} is not exported: its service ID ${serviceId} also stands for ${[...others].join(', ') || 'another port of its own'}; rename one of them`,
    links: new Set(own.flatMap(({ allow }) => [...allow])),
  };
}

function byService(one: ServiceExport, other: ServiceExport): number {
  return one.service === other.service ? 0 : one.service < other.service ? -1 : 1;
}

function sameTarget(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}
