import { timestamp } from '../../api/conditions.js';
import type { Link } from '../../api/link.js';
import { keys } from '../../api/names.js';
import { keyOf } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { Clock } from '../../runtime/clock.js';

/** Times in milliseconds. */
const times = {
  /** So long mirrors are kept whose Services have all gone at once. */
  held: 10 * 60_000,
  /** After a change of `spec.imports` somebody expects that mirrors go. */
  expected: 10 * 60_000,
  /** Mirrors that went so long ago count as going at once with others. */
  together: 60_000,
  /** While mirrors are held, they are not all counted again for each of them. */
  again: 1_000,
  /** The time that the message proposes as the end of a permission. */
  permitted: 60 * 60_000,
} as const;

/** So many mirrors may always go at once. */
const few = 10;

/** The mirrors of a Link that are kept although their Services are gone. */
export interface HeldDeletions {
  readonly count: number;
  readonly total: number;
  /** RFC 3339. */
  readonly until: string;
  /** The value of the annotation that lets them go: RFC 3339. */
  readonly permit: string;
}

/**
 * Guards automatic mirrors against a remote cluster that was emptied, or is not the one that it was: if more than half
 * of a Link's mirrors, and more than ten, are to go within a minute, those that are still there are kept for ten
 * minutes, or until an annotation of the Link lets them go.
 */
export interface Deletions {
  /** Whether a mirror whose Service is gone may go now; otherwise the time (ms) after which to ask again. */
  mayGo(link: Readonly<Link>, mirror: Readonly<ServiceMirror>): true | { readonly after: number };
  /** What is held of that Link. */
  held(link: string): HeldDeletions | undefined;
  /** `spec.imports` has changed, or the Link is gone: what goes now was meant to go. */
  expect(link: string): void;
}

interface Hold {
  /** The Link as it was then. */
  readonly link: Readonly<Link>;
  readonly since: number;
  readonly looked: number;
  readonly held: HeldDeletions;
}

/** Starts without any. */
export function createDeletions(o: {
  readonly clock: Clock;
  /** All automatic mirrors of a Link, and which of them have no Service. */
  readonly standing: (link: string) => { total: number; gone: readonly Readonly<ServiceMirror>[] };
  /** Called when a hold of a Link begins or ends. */
  readonly onChange: (link: string) => void;
}): Deletions {
  const { clock, standing, onChange } = o;
  /** UIDs of the mirrors that may go, by Link; those that are gone are left out at the next look. */
  const free = new Map<string, ReadonlySet<string>>();
  const holds = new Map<string, Hold>();
  const expected = new Map<string, number>();
  /** When mirrors were let go because they were few, and how many, by Link. */
  const recent = new Map<string, { at: number; count: number }[]>();

  function look(link: Readonly<Link>): void {
    const { name, annotations } = link.metadata;
    const [now, hold] = [clock.monotonic(), holds.get(name)];
    if (hold?.link === link && now - hold.looked < times.again) return;
    const { total, gone } = standing(name);
    const [going, fresh] = [new Set<string>(), new Set<string>()];
    for (const mirror of gone) {
      const uid = uidOf(mirror);
      (free.get(name)?.has(uid) === true ? going : fresh).add(uid);
    }
    const before = (recent.get(name) ?? []).filter(({ at }) => now - at < times.together);
    const went = before.reduce((sum, { count }) => sum + count, 0);
    // of those that went, some may still be there
    const all = total + Math.max(0, went - going.size);
    const isMuch = fresh.size + went > few && (fresh.size + went) * 2 > all;
    const isMeant =
      (hold !== undefined && now - hold.since >= times.held) ||
      Date.parse(annotations?.[keys.allowDeletionsUntil] ?? '') > clock.now() ||
      (expected.get(name) ?? 0) > now;
    if (!isMuch || isMeant) {
      if (isMuch) recent.delete(name);
      else recent.set(name, [...before, { at: now, count: fresh.size }].slice(-few - 1));
      free.set(name, new Set([...going, ...fresh]));
      if (holds.delete(name)) onChange(name);
      return;
    }
    free.set(name, going);
    const since = hold?.since ?? now;
    const begin = clock.now() - (now - since);
    holds.set(name, {
      ...{ link, since, looked: now },
      held: {
        ...{ total, count: fresh.size },
        until: timestamp(begin + times.held),
        permit: timestamp(begin + times.permitted),
      },
    });
    if (hold?.held.count !== fresh.size) onChange(name);
  }

  return {
    mayGo(link, mirror) {
      const { name } = link.metadata;
      const isFree = () => free.get(name)?.has(uidOf(mirror)) === true;
      if (!isFree()) look(link);
      const hold = holds.get(name);
      if (hold === undefined || isFree()) return true;
      return { after: Math.max(times.again, hold.since + times.held - clock.monotonic()) };
    },
    held: (link) => holds.get(link)?.held,
    expect(link) {
      const now = clock.monotonic();
      for (const [name, until] of expected) if (until <= now) expected.delete(name);
      expected.set(link, now + times.expected);
      if (holds.delete(link)) onChange(link);
    },
  };
}

function uidOf(mirror: Readonly<ServiceMirror>): string {
  return mirror.metadata.uid ?? keyOf(mirror);
}
