import { timestamp } from '../../api/conditions.js';
import type { Link } from '../../api/link.js';
import { keys } from '../../api/names.js';
import type { Clock } from '../../runtime/clock.js';

/** Times in milliseconds. */
const times = {
  /** So long mirrors are kept whose Services have all gone at once. */
  held: 10 * 60_000,
  /** After a change of what is selected somebody expects that mirrors go. */
  expected: 10 * 60_000,
  /** The time that the message proposes as the end of a permission. */
  permitted: 60 * 60_000,
  /** Mirrors that went so long ago count as going at once with others. */
  together: 60_000,
  /** How long a count of all mirrors is used. */
  counted: 1_000,
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
 * Guards automatic mirrors, and the places of a cluster in federated ones, against a remote cluster that was emptied, or
 * is not the one that it was: if more than half of a Link's mirrors, and more than ten, are to go within a minute, those
 * that are still there are kept for ten minutes, or until an annotation of the Link lets them go. Mirrors are named by
 * their keys in the queue `automatic`.
 */
export interface Deletions {
  /** Notes that a remote Service may have come or gone; without a key: any of that Link. */
  noted(link: string, key?: string): void;
  /** Whether the mirrors of a Service that is gone may go now; otherwise the time (ms) after which to ask again. */
  mayGo(link: Readonly<Link>, key: string): true | { readonly after: number };
  /** Notes that a Service is there. */
  found(link: string, key: string): void;
  /** Notes that a Service has no mirror any more. */
  removed(link: string, key: string): void;
  /** What is held of that Link. */
  held(link: string): HeldDeletions | undefined;
  /** The Link selects other Services now: what goes was meant to go. */
  expect(link: string): void;
  /** The Link is gone. */
  forget(link: string): void;
}

/** What is known of the mirrors of one Link. */
interface Standing {
  /** Keys of Services that are gone and whose mirrors are still there; absent: they are to be counted. */
  gone: Set<string> | undefined;
  /** Those of them that may go. */
  readonly free: Set<string>;
  /** Keys that may have come or gone since. */
  readonly noted: Set<string>;
  /** How many were let go in a second, because they were few. */
  readonly went: Map<number, number>;
  total: { readonly count: number; readonly at: number };
  hold?: { readonly since: number; held: HeldDeletions } | undefined;
  expectedUntil: number;
}

/** Starts without any. */
export function createDeletions(o: {
  readonly clock: Clock;
  /** Keys of all mirrors that have a Service here, and that a Link makes or has a part in. */
  readonly all: (link: string) => readonly string[];
  /** Whether there is such a mirror of that key, and its Service in that Link's cluster is known to be gone. */
  readonly isGone: (link: string, key: string) => boolean;
  /** Called when what is held of a Link changes. */
  readonly onChange: (link: string) => void;
}): Deletions {
  const { clock, all, isGone, onChange } = o;
  const standings = new Map<string, Standing>();
  const standingOf = (link: string) => {
    const known = standings.get(link);
    if (known !== undefined) return known;
    const total = { count: 0, at: -Infinity };
    const fresh = {
      gone: undefined,
      free: new Set<string>(),
      noted: new Set<string>(),
      expectedUntil: -Infinity,
    };
    const standing: Standing = { ...fresh, went: new Map(), total };
    standings.set(link, standing);
    return standing;
  };

  /** Brings `gone` up to date: all of it at first, and then what was noted. */
  function count(link: string, its: Standing): Set<string> {
    const now = clock.monotonic();
    if (its.gone === undefined || now - its.total.at >= times.counted)
      its.total = { count: all(link).length, at: now };
    if (its.gone === undefined) {
      its.gone = new Set(all(link).filter((key) => isGone(link, key)));
      for (const key of its.free) if (!its.gone.has(key)) its.free.delete(key);
    } else
      for (const key of its.noted) {
        if (isGone(link, key)) its.gone.add(key);
        else drop(its, key);
      }
    its.noted.clear();
    return its.gone;
  }

  function drop(its: Standing, key: string): void {
    its.gone?.delete(key);
    its.free.delete(key);
  }

  function release(link: string, its: Standing): void {
    if (its.hold === undefined) return;
    its.hold = undefined;
    onChange(link);
  }

  function look(link: Readonly<Link>, its: Standing): void {
    const { name, annotations } = link.metadata;
    const gone = count(name, its);
    const now = clock.monotonic();
    const fresh = gone.size - its.free.size;
    if (fresh === 0) return release(name, its);
    const second = Math.floor(now / 1_000);
    for (const at of its.went.keys()) if (second - at > times.together / 1_000) its.went.delete(at);
    const went = [...its.went.values()].reduce((sum, of) => sum + of, 0);
    // of those that went, some may still be there
    const before = its.total.count + Math.max(0, went - its.free.size);
    const isMuch = fresh + went > few && (fresh + went) * 2 > before;
    const isMeant =
      (its.hold !== undefined && now - its.hold.since >= times.held) ||
      Date.parse(annotations?.[keys.allowDeletionsUntil] ?? '') > clock.now() ||
      its.expectedUntil > now;
    if (isMuch && !isMeant) return hold(name, its, fresh);
    if (isMuch) its.went.clear();
    else its.went.set(second, (its.went.get(second) ?? 0) + fresh);
    for (const key of gone) its.free.add(key);
    release(name, its);
  }

  function hold(link: string, its: Standing, count: number): void {
    const total = its.total.count - its.free.size;
    if (its.hold === undefined) {
      const [until, permit] = [times.held, times.permitted].map((ms) => timestamp(clock.now() + ms));
      its.hold = { since: clock.monotonic(), held: { count, total, until: until!, permit: permit! } };
    } else if (its.hold.held.count === count) return;
    else its.hold.held = { ...its.hold.held, count, total };
    onChange(link);
  }

  function settle(link: string, key: string): void {
    const its = standings.get(link);
    if (its === undefined) return;
    drop(its, key);
    if (its.hold !== undefined && count(link, its).size === its.free.size) release(link, its);
  }

  return {
    noted(link, key) {
      const its = standings.get(link);
      if (its === undefined) return;
      if (key === undefined) its.gone = undefined;
      else its.noted.add(key);
    },
    mayGo(link, key) {
      const its = standingOf(link.metadata.name);
      if (its.free.has(key) && its.noted.size === 0 && its.gone !== undefined) return true;
      look(link, its);
      if (its.hold === undefined || its.free.has(key) || its.gone?.has(key) !== true) return true;
      return { after: Math.max(1_000, its.hold.since + times.held - clock.monotonic()) };
    },
    found: settle,
    removed(link, key) {
      const its = standings.get(link);
      if (its?.free.has(key) === true) its.total = { ...its.total, count: its.total.count - 1 };
      settle(link, key);
    },
    held: (link) => standings.get(link)?.hold?.held,
    expect(link) {
      const its = standingOf(link);
      its.expectedUntil = clock.monotonic() + times.expected;
      release(link, its);
    },
    forget: (link) => void standings.delete(link),
  };
}
