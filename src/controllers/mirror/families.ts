import { bothFamilies, type Family } from '../../mirror/family.js';
import type { Clock } from '../../runtime/clock.js';
import { ApiError } from '../../runtime/errors.js';

/** A cluster may be given its second family later: so long (ms) after a refusal one Service is tried again. */
export const triedAgainAfter = 600_000;

/**
 * The address families that this cluster's API server gives no Service. Nothing tells them beforehand: its refusal of a
 * Service does.
 */
export interface FamilyRegistry {
  /** Families that were refused. */
  absent(): readonly Family[];
  /** Those of them that are not to be tried now. */
  untried(): readonly Family[];
  /** Notes what a failed write of a Service says of its families; false: nothing. */
  refused(error: unknown): boolean;
  /** A Service was written that has these families. */
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

/** The API server's words (pkg/registry/core/service/storage/alloc.go) for a family for which it has no range. */
function familyRefused(error: unknown): Family | undefined {
  if (!(error instanceof ApiError) || error.status !== 422) return undefined;
  const found = /spec\.ipFamilies\[0\]: Invalid value: "(IPv4|IPv6)": not configured on this cluster/.exec(
    error.message,
  );
  return found?.[1] as Family | undefined;
}
