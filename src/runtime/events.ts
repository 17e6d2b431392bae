import { createHash, randomBytes } from 'node:crypto';
import { cutName } from '../api/names.js';
import type { KubeObject } from '../api/objects.js';
import type { Resource } from '../api/resources.js';
import { type Clock, microTime } from './clock.js';
import { isAlreadyExists, isNotFound } from './errors.js';
import { createEventQueue } from './eventqueue.js';
import type { KubeClient } from './kube.js';
import { silent, type Log } from './log.js';
import { createPace } from './pace.js';
import { createSeries, type Occurrence, type Series } from './series.js';

/** events.k8s.io/v1 Event, with the fields that are written here. */
interface Event extends KubeObject {
  eventTime: string;
  series?: { count: number; lastObservedTime: string };
  reportingController: string;
  reportingInstance: string;
  action: string;
  reason: string;
  type: 'Normal' | 'Warning';
  note: string;
  regarding: { apiVersion: string; kind: string; name: string; namespace?: string; uid?: string };
}

const events: Resource<Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** A message for people who look at an object. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** One word, the same as the condition's reason. */
  readonly reason: string;
  readonly message: string;
  /** The action at that time. @default 'Reconcile' */
  readonly action?: string;
  /**
   * It goes on for as long as nothing changes: an Event that says the same is not written again while there is one, so
   * that a process that starts anew tells nothing twice.
   */
  readonly once?: true;
  /** Its message tells something new each time, so that it is not counted in an Event with another message. */
  readonly apart?: true;
}

/** Writes events. */
export interface Recorder {
  /**
   * Writes an event about an object, after those that were told before; never throws. An event that cannot be written
   * is lost.
   */
  event(about: Readonly<KubeObject>, happening: Happening): void;
  /** Resolves when all events under way have been written or lost. */
  flush(): Promise<void>;
}

/** Bounds that the API server sets (events.k8s.io/v1); that of a note counts bytes. */
const maxNote = 1024;
const maxName = 253;

/** Writes per object: a burst, and then one per minute, so that a flapping object does not fill etcd. */
const rate = { burst: 10, everyMs: 60_000 };

/**
 * Makes a recorder that reports as `component`, from the pod or host `instance`. Repetitions for the same object are
 * counted in its first Event, as Kubernetes' own recorder does it (KEP-383).
 */
export function recorder(
  kube: KubeClient,
  o: { component: string; instance: string; clock: Clock; log?: Log },
): Recorder & { /** Counts that were not told yet are lost. */ stop(): void } {
  const { clock, log = silent } = o;
  const pace = createPace(rate, clock);
  const underWay = new Set<Promise<unknown>>();
  const queue = createEventQueue<number>({ clock, log });
  const series = createSeries<Told>({
    clock,
    pace,
    async write(each) {
      const { type, reason } = each.told.happening;
      const writing = queue.put({ type, reason, send: () => write(each) });
      underWay.add(writing);
      const count = await writing;
      underWay.delete(writing);
      return count ?? each.count;
    },
  });

  /** @returns the count that was written */
  const write = async (each: Series<Told>): Promise<number> => {
    const { about, happening } = each.told;
    const { count } = each;
    if (each.name !== undefined && (await counted(each))) return count;
    const event = eventOf(about, happening, { ...o, ...each });
    await kube.create(events, event).catch((error: unknown) => {
      if (happening.once !== true || !isAlreadyExists(error)) throw error;
    });
    each.name = event.metadata.name;
    return count;
  };

  /** Events live for an hour: false when the Event is gone, or somebody has deleted it. */
  const counted = async (each: Series<Told>): Promise<boolean> => {
    const key = `${namespaceOf(each.told.about)}/${each.name}`;
    try {
      await kube.mergePatch(events, key, { series: seriesOf(each) });
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return false;
    }
  };

  return {
    event(about, happening) {
      const { kind, metadata } = about;
      const object = metadata.uid ?? `${kind}/${metadata.namespace}/${metadata.name}`;
      series.add({ object, kind: sameness(happening), told: { about, happening } });
    },
    async flush() {
      await Promise.all(underWay);
    },
    stop() {
      series.stop();
      queue.stop();
    },
  };
}

interface Told {
  readonly about: Readonly<KubeObject>;
  readonly happening: Happening;
}

/**
 * The key of a series: Events with the same key are counted together. The message is a part of it if it must be
 * reported once, or apart from others.
 */
function sameness({ type, reason, action, message, once, apart }: Happening): string {
  return JSON.stringify([type, reason, action, ...(once === true || apart === true ? [message] : [])]);
}

/** The end of an Event's name: random, or always the same for the same message about the same object. */
function suffixOf({ metadata }: Readonly<KubeObject>, happening: Happening): string {
  const hash = happening.once && createHash('sha256').update(`${metadata.uid} ${sameness(happening)}`);
  return `.${hash ? hash.digest('hex').slice(0, 16) : randomBytes(8).toString('hex')}`;
}

/** Events about objects without a namespace are in `default`, where kubectl looks for them. */
function namespaceOf(about: Readonly<KubeObject>): string {
  return about.metadata.namespace ?? 'default';
}

function seriesOf({ count, lastAt }: Occurrence): { count: number; lastObservedTime: string } {
  return { count, lastObservedTime: microTime(lastAt) };
}

/** A longer note would be refused with its Event, and the words of API servers may be as long. */
function noteOf(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= maxNote) return bytes.toString();
  const rest = '…';
  let end = maxNote - Buffer.byteLength(rest);
  // not within a character
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}${rest}`;
}

function eventOf(
  about: Readonly<KubeObject>,
  happening: Happening,
  o: { component: string; instance: string } & Occurrence,
): Event {
  const { name, namespace, uid } = about.metadata;
  const suffix = suffixOf(about, happening);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: cutName([name], maxName - suffix.length) + suffix,
      namespace: namespaceOf(about),
    },
    eventTime: microTime(o.firstAt),
    ...(o.count > 1 && { series: seriesOf(o) }),
    reportingController: o.component,
    reportingInstance: o.instance.slice(0, 128),
    action: happening.action ?? 'Reconcile',
    reason: happening.reason,
    type: happening.type,
    note: noteOf(happening.message),
    regarding: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
    },
  };
}
