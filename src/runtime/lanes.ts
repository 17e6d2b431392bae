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
  readonly group: string;
}

/** Keys in line by urgency; within one, groups take turns, and of a group the oldest comes first. */
export interface Lanes {
  readonly size: number;
  /** Whether one of them is urgent. */
  readonly isUrgent: boolean;
  /** Adds a key; one that is in line already keeps its place, or takes a new one where more urgent keys are. */
  add(key: string, urgency: Urgency, now: number): void;
  has(key: string): boolean;
  /**
   * Takes the next key: the first of the most urgent ones, and of {@link oneInTurn} keys once the oldest of these firsts.
   *
   * @param bulk whether one of the bulk may be taken now
   */
  take(bulk: boolean): InLine | undefined;
}

/**
 * Starts empty; no operation costs more when there are more keys.
 *
 * @param groupOf the group of a key when it is added: many keys of one group keep those of others waiting for no more
 *   than their turn. @default all are of one group
 */
export function createLanes(groupOf: (key: string) => string = () => ''): Lanes {
  const lanes = order.map(() => createLane());
  const inLine = new Map<string, InLine>();
  let taken = 0;
  return {
    get size() {
      return inLine.size;
    },
    get isUrgent() {
      return lanes[0]!.first() !== undefined;
    },
    add(key, urgency, now) {
      const before = inLine.get(key);
      if (before !== undefined && !isMoreUrgent(urgency, before.urgency)) return;
      if (before !== undefined) lanes[order.indexOf(before.urgency)]!.remove(before);
      const entry = { key, urgency, since: now, group: before?.group ?? groupOf(key) };
      inLine.set(key, entry);
      lanes[order.indexOf(urgency)]!.add(entry);
    },
    has: (key) => inLine.has(key),
    take(bulk) {
      const allowed = bulk ? lanes : lanes.slice(0, -1);
      const firsts = allowed.flatMap((lane) => lane.first() ?? []);
      const [mostUrgent] = firsts;
      if (mostUrgent === undefined) return undefined;
      taken = (taken + 1) % oneInTurn;
      const next =
        taken === 0 ? firsts.reduce((oldest, one) => (one.since < oldest.since ? one : oldest)) : mostUrgent;
      inLine.delete(next.key);
      lanes[order.indexOf(next.urgency)]!.take(next);
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

/** The keys of one urgency. The groups stand in the order in which it is their turn. */
function createLane() {
  const groups = new Map<string, Group>();
  const remove = (entry: InLine) => {
    const group = groups.get(entry.group);
    group?.remove(entry.key);
    if (group?.isEmpty === true) groups.delete(entry.group);
    return group;
  };
  return {
    add(entry: InLine) {
      const group = groups.get(entry.group) ?? createGroup();
      groups.set(entry.group, group);
      group.add(entry);
    },
    remove,
    /** Removes it, and the others of its group come after all other groups. */
    take(entry: InLine) {
      const group = remove(entry);
      if (group === undefined || !groups.delete(entry.group)) return;
      groups.set(entry.group, group);
    },
    first: (): InLine | undefined => groups.values().next().value?.first(),
  };
}

type Group = ReturnType<typeof createGroup>;

function createGroup() {
  const entries = new Map<string, InLine>();
  /** An iterator before the second key in line. It stays, because a new one would pass all removed keys again. */
  const rest = entries.values();
  let head: InLine | undefined;
  return {
    get isEmpty() {
      return entries.size === 0;
    },
    add: (entry: InLine) => void entries.set(entry.key, entry),
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
