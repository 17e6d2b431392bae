import type { KubeObject } from '../../../src/api/objects.js';
import type { Place } from './directory.js';

/**
 * - `right`: the own service answered.
 * - `refused`: nobody answered; `unresolved`: the name led nowhere.
 * - `reassigned`: another service answered, at a ClusterIP that both have had: Kubernetes gave it away.
 * - `skewed`: the service before answered, by a slice that was deleted before the present Service was made; who watches
 *   both kinds may hear of these in another order.
 * - `misrouted`: another service answered.
 */
export const verdicts = ['right', 'refused', 'unresolved', 'reassigned', 'skewed', 'misrouted'] as const;

/** What is to be said of one dial. */
export type Finding = (typeof verdicts)[number];

/** How many dials ended how. */
export type Tally = Readonly<Record<Finding, number>>;

/** How a connection ended: with the UID that the other side told, or without one. */
export type End =
  { readonly kind: 'answered'; readonly uid: string } | { readonly kind: 'refused'; readonly why: string };

/** One dial. */
export interface Dialled {
  readonly name: string;
  /** What went on meanwhile. */
  readonly phase: string;
  /** Absent: the name led nowhere. */
  readonly place?: Place;
  readonly end?: End;
}

/** What is known in the end, of both clusters. */
export interface Facts {
  /** Key of the remote service that the mirror of that UID was made for. */
  targetOf(mirror: string): string | undefined;
  /** UIDs that a remote service of that key has had. */
  uidsOf(service: string): ReadonlySet<string>;
  /** ClusterIPs that the remote Service of that UID has had. */
  addressesOf(uid: string): ReadonlySet<string>;
  /** The local Service of that UID when it was new. */
  first(uid: string): Readonly<KubeObject> | undefined;
  /** The revision at which that slice was deleted. */
  goneAt(slice: Readonly<KubeObject>): bigint | undefined;
}

/** Judges one dial. */
export function judge({ place, end }: Dialled, facts: Facts): Finding {
  if (place === undefined || end === undefined) return 'unresolved';
  if (end.kind === 'refused') return 'refused';
  const { service, slice } = place;
  const isOf = (owner: Readonly<KubeObject>) => targetsOf(owner, facts).has(end.uid);
  if (isOf(service)) return 'right';
  if (sharesAddress(targetsOf(service, facts), end.uid, facts)) return 'reassigned';
  const feeding = facts.first(ownerOf(slice));
  if (feeding === undefined || !isOf(feeding)) return 'misrouted';
  const [fed, made] = [revision(feeding), revision(facts.first(service.metadata.uid ?? '') ?? service)];
  if (fed > made) return 'right';
  const gone = facts.goneAt(slice);
  return gone !== undefined && gone < made ? 'skewed' : 'misrouted';
}

/** Counts dials by what went on meanwhile. */
export function tally(dials: readonly Dialled[], facts: Facts): Record<string, Tally> {
  const counts: Record<string, Record<Finding, number>> = {};
  for (const dial of dials) {
    const count = (counts[dial.phase] ??= emptyTally());
    count[judge(dial, facts)] += 1;
  }
  return counts;
}

/** No dials. */
export function emptyTally(): Record<Finding, number> {
  return Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Finding, number>;
}

/** The sum of tallies. */
export function total(tallies: Readonly<Record<string, Tally>>): Tally {
  const sum = emptyTally();
  for (const one of Object.values(tallies)) for (const verdict of verdicts) sum[verdict] += one[verdict];
  return sum;
}

function targetsOf(service: Readonly<KubeObject>, facts: Facts): ReadonlySet<string> {
  return facts.uidsOf(facts.targetOf(ownerOf(service)) ?? '');
}

function sharesAddress(uids: ReadonlySet<string>, uid: string, facts: Facts): boolean {
  const held = facts.addressesOf(uid);
  return [...uids].some((other) => [...facts.addressesOf(other)].some((ip) => held.has(ip)));
}

function ownerOf({ metadata }: Readonly<KubeObject>): string {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? '';
}

/** Revisions of one API server are in the order of its writes, over all kinds. */
function revision({ metadata }: Readonly<KubeObject>): bigint {
  return BigInt(metadata.resourceVersion ?? 0);
}

/** Lines told of one kind; more of the same tell nothing new. */
const most = 20;

/** One line for each dial that did not reach its service. */
export function warningsOf(dials: readonly Dialled[], judge: (dial: Dialled) => Finding): string[] {
  const counts = new Map<Finding, number>();
  return dials.flatMap((dial) => {
    const verdict = judge(dial);
    if (verdict === 'right' || verdict === 'unresolved') return [];
    const count = (counts.get(verdict) ?? 0) + 1;
    counts.set(verdict, count);
    return count > most ? [] : [`${verdict}: ${describe(dial)}`];
  });
}

function describe({ name, phase, place, end }: Dialled): string {
  const said = end?.kind === 'answered' ? `answered ${end.uid}` : (end?.why ?? 'nothing');
  const where = place === undefined ? 'nowhere' : `${place.destination.host}:${place.destination.port}`;
  return `${name} at ${where}: ${said}, ${phase}`;
}
