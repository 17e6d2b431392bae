import type { Link } from '../../api/link.js';
import type { KubeObject } from '../../api/objects.js';
import { apiVersion, keyOf, links as linkResource } from '../../api/resources.js';
import type { Clock } from '../../runtime/clock.js';
import type { Recorder } from '../../runtime/events.js';
import { createPace } from '../../runtime/pace.js';
import { happeningOf, manyTurned } from './linkevent.js';
import type { Turn } from './turns.js';

/** Tells people about mirrors, in Events. */
export interface MirrorEvents {
  /**
   * `Ready` of a mirror has turned. Few mirrors of a Link that turn with the same reason get an Event each; of many, one
   * Event on the Link tells. A mirror that turns back before it was told of is not told of.
   */
  turned(turn: Turn): void;
  /** A write is refused, for a mirror or for what one has left: an Event on that object, unless there are many. */
  refused(about: Readonly<KubeObject>, message: string): void;
  /** What was not told yet is lost. */
  stop(): void;
}

/** So many mirrors of one Link and reason get an Event each. */
const few = 10;

/** Times in milliseconds. */
const times = {
  /** Turns are told when none has come for so long: the statuses of an import come one by one. */
  quiet: 2_000,
  /** They are told after this time at the latest. */
  longest: 10_000,
  /** Between two Events on a Link: at first, and at most; it doubles in between. */
  again: 20_000,
  againAtMost: 5 * 60_000,
} as const;

/** Events on single mirrors, by Link and reason; beyond, the Link tells of few, too. */
const ofMirrors = { burst: 50, everyMs: 1_000 };

/** Refused writes by namespace, and all together; beyond, only conditions and the log say it. */
const ofRefusals = { namespace: { burst: 10, everyMs: 10_000 }, all: { burst: 50, everyMs: 1_000 } };

/** Turns with one reason of mirrors of one Link, which were not told yet. */
interface Group {
  readonly key: string;
  readonly link: string;
  /** By UID of the mirror. */
  readonly turns: Map<string, Turn>;
  /** The time of the first and of the last turn. */
  readonly since: number;
  lastAt: number;
  /** The time until the next Event on the Link; undefined: none has told of this reason lately. */
  again: number | undefined;
  cancel: () => void;
}

/** Starts with nothing to tell. */
export function createMirrorEvents(o: {
  events: Pick<Recorder, 'event'>;
  links: { get(name: string): Readonly<Link> | undefined };
  clock: Clock;
}): MirrorEvents {
  const { events, links, clock } = o;
  const groups = new Map<string, Group>();
  /** By UID of the mirror: a mirror waits in one group at most. */
  const waiting = new Map<string, Group>();
  const pace = createPace(ofMirrors, clock);
  const refusals = {
    namespace: createPace(ofRefusals.namespace, clock),
    all: createPace(ofRefusals.all, clock),
  };

  const schedule = (group: Group, ms: number) => {
    group.cancel = clock.after(ms, () => tell(group));
  };

  const start = (key: string, link: string): Group => {
    const now = clock.monotonic();
    const group: Group = {
      ...{ key, link, turns: new Map(), since: now, lastAt: now },
      ...{ again: undefined, cancel: () => undefined },
    };
    groups.set(key, group);
    schedule(group, times.quiet);
    return group;
  };

  /** Takes all turns out of a group. */
  const drain = (group: Group): Turn[] => {
    for (const uid of group.turns.keys()) waiting.delete(uid);
    const turns = [...group.turns.values()];
    group.turns.clear();
    return turns;
  };

  const tell = (group: Group) => {
    const now = clock.monotonic();
    const end = Math.min(group.lastAt + times.quiet, group.since + times.longest);
    if (group.again === undefined && now < end) return schedule(group, end - now);
    const count = group.turns.size;
    const isFew = count <= few && (count === 0 || pace.wait(group.key) === 0);
    if (isFew) {
      groups.delete(group.key);
      if (count > 0) pace.spend(group.key, count);
      for (const turn of drain(group)) events.event(turn.mirror, happeningOf(turn));
      return;
    }
    const [first, ...others] = drain(group);
    if (first !== undefined)
      events.event(objectOf(group.link), manyTurned([first, ...others], group.again !== undefined));
    group.again = Math.min(group.again === undefined ? times.again : group.again * 2, times.againAtMost);
    schedule(group, group.again);
  };

  /** Events live in `default`, also about a Link that is not there. */
  const objectOf = (name: string): Readonly<KubeObject> =>
    links.get(name) ?? { apiVersion, kind: linkResource.kind, metadata: { name } };

  return {
    turned(turn) {
      const { mirror, after } = turn;
      const uid = mirror.metadata.uid ?? keyOf(mirror);
      const untold = waiting.get(uid);
      const before = untold === undefined ? turn.before : untold.turns.get(uid)?.before;
      untold?.turns.delete(uid);
      waiting.delete(uid);
      // a mirror that is on its way is not news
      if (after.reason === 'Pending' || before === after.status) return;
      const key = JSON.stringify([turn.link, after.status, after.reason]);
      const group = groups.get(key) ?? start(key, turn.link);
      group.lastAt = clock.monotonic();
      group.turns.set(uid, { ...turn, before, mirror: namesOnly(mirror) });
      waiting.set(uid, group);
    },
    refused(about, message) {
      const { namespace = '' } = about.metadata;
      if (refusals.namespace.wait(namespace) > 0 || refusals.all.wait('') > 0) return;
      refusals.namespace.spend(namespace);
      refusals.all.spend('');
      events.event(about, { type: 'Warning', reason: 'WriteRefused', message });
    },
    stop() {
      for (const { cancel } of groups.values()) cancel();
      groups.clear();
      waiting.clear();
    },
  };
}

/** What an Event needs of an object: a whole mirror would take memory until it is told of. */
function namesOnly({ apiVersion: version, kind, metadata }: Readonly<KubeObject>): KubeObject {
  const { name, namespace, uid } = metadata;
  return {
    ...{ apiVersion: version, kind },
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) },
  };
}
