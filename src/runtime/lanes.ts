/**
 * How soon a key is wanted. `urgent`: traffic runs into a dead end until it is done. `normal`: something that exists
 * has changed. `bulk`: it is new, or is looked at again without a known change.
 */
export type Urgency = 'urgent' | 'normal' | 'bulk';

const order: readonly Urgency[] = ['urgent', 'normal', 'bulk'];

/** One in so many keys that are taken is the oldest of all lanes: then nothing waits for ever. */
export const oneInTurn = 8;

/** A key in line. */
export interface InLine {
  readonly key: string;
  readonly urgency: Urgency;
  /** The time at which it was added. */
  readonly since: number;
}

/** Keys in line by urgency; within one, the oldest comes first. */
export interface Lanes {
  readonly size: number;
  /** Whether one of them is urgent. */
  readonly isUrgent: boolean;
  /** Adds a key; one that is in line already keeps its place, or takes a new one where more urgent keys are. */
  add(key: string, urgency: Urgency, now: number): void;
  has(key: string): boolean;
  /**
   * Takes the next key: the oldest of the most urgent ones, and of {@link oneInTurn} keys once the oldest of all.
   *
   * @param bulk whether one of the bulk may be taken now
   */
  take(bulk: boolean): InLine | undefined;
}

/** Starts empty; no operation costs more when there are more keys. */
export function createLanes(): Lanes {
  const lanes = order.map((urgency) => createLane(urgency));
  const urgencies = new Map<string, Urgency>();
  let taken = 0;
  return {
    get size() {
      return urgencies.size;
    },
    get isUrgent() {
      return lanes[0]!.first() !== undefined;
    },
    add(key, urgency, now) {
      const before = urgencies.get(key);
      if (before !== undefined && !isMoreUrgent(urgency, before)) return;
      if (before !== undefined) lanes[order.indexOf(before)]!.remove(key);
      urgencies.set(key, urgency);
      lanes[order.indexOf(urgency)]!.add(key, now);
    },
    has: (key) => urgencies.has(key),
    take(bulk) {
      const allowed = bulk ? lanes : lanes.slice(0, -1);
      const firsts = allowed.flatMap((lane) => lane.first() ?? []);
      const [mostUrgent] = firsts;
      if (mostUrgent === undefined) return undefined;
      taken = (taken + 1) % oneInTurn;
      const next =
        taken === 0 ? firsts.reduce((oldest, one) => (one.since < oldest.since ? one : oldest)) : mostUrgent;
      urgencies.delete(next.key);
      lanes[order.indexOf(next.urgency)]!.remove(next.key);
      return next;
    },
  };
}

/** The more urgent of two. */
export function moreUrgent(one: Urgency, other: Urgency | undefined): Urgency {
  return other === undefined || isMoreUrgent(one, other) ? one : other;
}

function isMoreUrgent(one: Urgency, other: Urgency): boolean {
  return order.indexOf(one) < order.indexOf(other);
}

function createLane(urgency: Urgency) {
  const entries = new Map<string, InLine>();
  /** An iterator before the second key in line. It stays, because a new one would pass all removed keys again. */
  const rest = entries.values();
  let head: InLine | undefined;
  return {
    add: (key: string, since: number) => void entries.set(key, { key, urgency, since }),
    remove(key: string) {
      entries.delete(key);
      if (head?.key === key) head = undefined;
    },
    first(): InLine | undefined {
      // an iterator that has reached the end never gives anything again
      if (head === undefined && entries.size > 0) head = rest.next().value;
      return head;
    },
  };
}
