import { createHash } from 'node:crypto';
import { ownNames } from './names.js';

/** One of the parts into which the Links of a cluster are divided: a replica that leads does the work of one. */
export interface Share {
  /** From 0 to `count - 1`. */
  readonly index: number;
  readonly count: number;
}

/** The only share of a cluster whose Links are not divided. */
export const wholeShare: Share = { index: 0, count: 1 };

/** Most shares; the operator has rights to this many Leases. */
export const maxShares = 8;

/** The Lease of a share. The Links of a cluster with one share are not divided, and its Lease has no number. */
export function leaseOf({ index, count }: Share): string {
  return count === 1 ? ownNames.lease : `${ownNames.lease}-${index}`;
}

/** The Leases of all shares, in order. */
export function leasesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => leaseOf({ index, count }));
}

/** Every Lease that may be of a share, whatever the number of shares. */
export const allLeases: readonly string[] = [...leasesOf(1), ...leasesOf(maxShares)];

/** The number of the share to which something of that name belongs: the same in every process and every version. */
export function shareOf(name: string, count: number): number {
  // asked for each key that is woken, and again when its turn comes
  if (count === 1) return 0;
  return createHash('sha256').update(name).digest().readUInt32BE() % count;
}
