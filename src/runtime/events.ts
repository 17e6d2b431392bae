import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../api/objects.js';
import type { Resource } from '../api/resources.js';
import type { Clock } from './clock.js';
import type { KubeClient } from './kube.js';
import type { Log } from './log.js';
import { microTime } from './time.js';

/** events.k8s.io/v1 Event, as far as it is written here. */
interface Event extends KubeObject {
  eventTime: string;
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

/** Something worth telling the people who look at an object. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** One word, the same as the condition's reason. */
  readonly reason: string;
  readonly message: string;
  /** What was being done. @default 'Reconcile' */
  readonly action?: string;
}

/** Writes events. */
export interface Recorder {
  /** Writes an event about an object, soon; never throws. What does not get through is lost. */
  event(about: Readonly<KubeObject>, happening: Happening): void;
  /** Resolves when what was asked for so far has been sent or lost. */
  flush(): Promise<void>;
}

/** Bounds that the API server sets (events.k8s.io/v1). */
const maxNote = 1024;

/** Per object: so many at once, and one more per refill, so that a flapping object does not fill etcd. */
const burst = 10;
const refillMs = 60_000;
const maxObjects = 4096;

/** Makes a recorder that reports as `component`, from the pod or host `instance`. */
export function recorder(
  kube: KubeClient,
  o: { component: string; instance: string; clock: Clock; log?: Log },
): Recorder {
  const allow = createAllowance(o.clock);
  const underWay = new Set<Promise<void>>();

  const write = async (about: Readonly<KubeObject>, happening: Happening) => {
    try {
      await kube.create(events, eventOf(about, happening, { ...o, now: o.clock.now() }));
    } catch (error) {
      o.log?.warn('an event was lost', { reason: happening.reason, error });
    }
  };

  return {
    event(about, happening) {
      if (!allow(about.metadata.uid ?? `${about.kind}/${about.metadata.namespace}/${about.metadata.name}`))
        return;
      const writing = write(about, happening).finally(() => underWay.delete(writing));
      underWay.add(writing);
    },
    async flush() {
      await Promise.all(underWay);
    },
  };
}

function eventOf(
  about: Readonly<KubeObject>,
  happening: Happening,
  o: { component: string; instance: string; now: number },
): Event {
  const { name, namespace, uid } = about.metadata;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // Events about what has no namespace live in `default`; that is where kubectl looks for them.
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace: namespace ?? 'default' },
    eventTime: microTime(o.now),
    reportingController: o.component,
    reportingInstance: o.instance.slice(0, 128),
    action: happening.action ?? 'Reconcile',
    reason: happening.reason,
    type: happening.type,
    note:
      happening.message.length > maxNote ? `${happening.message.slice(0, maxNote - 1)}…` : happening.message,
    regarding: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
    },
  };
}

/** A token bucket per object; the one unused for longest is forgotten when there are too many. */
function createAllowance(clock: Clock): (object: string) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (object) => {
    const now = clock.monotonic();
    const held = buckets.get(object) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, held.tokens + (now - held.at) / refillMs);
    buckets.delete(object);
    buckets.set(object, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (buckets.size > maxObjects) buckets.delete(buckets.keys().next().value as string);
    return tokens >= 1;
  };
}
