import { bothFamilies, type Family } from '../../endpoints/family.js';
import type { Clock } from '../../runtime/clock.js';
import { ApiError } from '../../runtime/errors.js';

/** A cluster may get its second family later, so one Service is tried again this long (ms) after a refusal. */
export const triedAgainAfter = 600_000;

/** The address families that this cluster's API server refuses for Services. Only its refusal of a Service shows them. */
export interface FamilyRegistry {
  /** Families that were refused. */
  absent(): readonly Family[];
  /** Those of them that must not be tried now. */
  untried(): readonly Family[];
  /** Notes what the failed write of a Service shows about families; false: nothing. */
  refused(error: unknown): boolean;
  /** Notes that a Service with these families was written. */
  given(families: readonly Family[]): void;
}

/**
 * Makes an empty registry.
 *
 * @param o.onChange called when a family came to be known as absent, or as given after all
 */
export function createFamilyRegistry(o: { clock: Clock; onChange: () => void }): FamilyRegistry {
  const refusedAt = new Map<Family, number>();
  const all = () => bothFamilies.filter((family) => refusedAt.has(family));
  return {
    absent: all,
    untried: () =>
      all().filter((family) => o.clock.monotonic() - (refusedAt.get(family) ?? 0) < triedAgainAfter),
    refused(error) {
      const family = familyRefused(error);
      if (family === undefined) return false;
      const isNews = !refusedAt.has(family);
      refusedAt.set(family, o.clock.monotonic());
      if (isNews) o.onChange();
      return true;
    },
    given(families) {
      const wrong = families.filter((family) => refusedAt.delete(family));
      if (wrong.length > 0) o.onChange();
    },
  };
}

/** The API server's message (pkg/registry/core/service/storage/alloc.go) for a family without a range. */
function familyRefused(error: unknown): Family | undefined {
  if (!(error instanceof ApiError) || error.status !== 422) return undefined;
  const found = /spec\.ipFamilies\[0\]: Invalid value: "(IPv4|IPv6)": not configured on this cluster/.exec(
    error.message,
  );
  return found?.[1] as Family | undefined;
}
