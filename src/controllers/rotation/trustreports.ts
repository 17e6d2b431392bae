import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import { configMaps, keyOf } from '../../api/resources.js';
import { type Heard, decodeHeard } from '../../protocol/trustreport.js';
import type { Applier } from '../../runtime/apply.js';
import type { Clock } from '../../runtime/clock.js';
import type { Warning } from '../../runtime/warnings.js';
import { exactly } from '../../runtime/difference.js';
import { isTaken, notManaged } from '../notmanaged.js';
import type { LocalCaches, Self } from '../caches.js';

/** ConfigMap `service-mirror-callers`: the trust reports of ingress gateways, while a CA is rotated. */
export interface TrustingCallers {
  /** The trust reports of live ingress gateways; a ConfigMap that is not ours is not read. */
  heard(): readonly Heard[];
  /** The reason why trust reports cannot be read or written; undefined: they can. */
  deaf(): string | undefined;
  /** Makes the ConfigMap while a new CA is published, and empties it when nobody needs it; returns warnings. */
  keep(published: boolean): Promise<Warning[]>;
}

/** Most entries of the ConfigMap, one for each gateway. */
const mostEntries = 64;

/** Most bytes of the ConfigMap: the API server allows 1 MiB, of which keys take some. */
const mostBytes = 1_000_000;

/** The reason why a further gateway may find no space in it; undefined: it does. */
function full(actual: Readonly<ConfigMap> | undefined): string | undefined {
  const sizes = Object.entries(actual?.data ?? {}).map(([name, text]) => Buffer.byteLength(name + text));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length < mostEntries && bytes + Math.max(0, ...sizes) <= mostBytes) return undefined;
  return `ConfigMap ${keyOf({ metadata: actual?.metadata ?? { name: ownNames.callers } })} is full (${sizes.length} entries, ${bytes} bytes), so that not every ingress gateway can say whether its callers trust the next CA; run fewer ingress gateways while the CA is rotated, or run rotate-ca --force`;
}

/** Keeps the ConfigMap in the operator's namespace. */
export function createCallers(options: {
  caches: LocalCaches;
  applier: Applier;
  self: Self;
  clock: Clock;
}): TrustingCallers {
  const { caches, applier, self, clock } = options;
  const heartbeats = createHeartbeats(clock);
  const held = () => caches.configMaps.get(`${self.namespace}/${ownNames.callers}`);
  const metadata = {
    ...{ name: ownNames.callers, namespace: self.namespace },
    labels: { [keys.managedBy]: managedBy },
  };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };

  /** The entries of live gateways; the name of a pod never comes back. */
  function living(data: Readonly<Record<string, string>>): Record<string, string> {
    const dead = new Set(heartbeats.dead(data));
    return Object.fromEntries(Object.entries(data).filter(([name]) => !dead.has(name)));
  }

  return {
    heard() {
      const actual = held();
      return heartbeats.alive(isTaken(actual) ? {} : (actual?.data ?? {}));
    },

    deaf() {
      const actual = held();
      if (!isTaken(actual)) return full(actual);
      return `ConfigMap ${self.namespace}/${ownNames.callers} is somebody else's; see its Event NotManaged, or the operator's log, for the command that mends it, or run rotate-ca --force`;
    },

    async keep(published) {
      const actual = held();
      if (actual !== undefined && isTaken(actual)) return [notManaged(actual)];
      if (published && actual === undefined) await applier.once(configMaps, object);
      const data = exactly(published ? living(actual?.data ?? {}) : {}, actual?.data);
      if (Object.values(data).some((text) => text === null))
        await applier.own(configMaps, { ...object, data }, actual, 'self');
      const message = published ? full(held()) : undefined;
      return message === undefined ? [] : [{ about: held() ?? object, reason: 'CallersFull', message }];
    },
  };
}

/**
 * Heartbeats: entries of other processes by name, with the time at which each was first seen with its present
 * content.
 */
export interface Heartbeats {
  /** The entries of live processes. */
  alive(entries: Readonly<Record<string, string>>): readonly Heard[];
  /** The names of the other entries. */
  dead(entries: Readonly<Record<string, string>>): readonly string[];
}

/** After this time without a change, in milliseconds, an entry's process is gone: a live one changes it every minute. */
export const deadAfter = 180_000;

/** Judges by the time at which this process saw a change, because the clocks of other machines may be wrong. */
export function createHeartbeats(clock: Clock): Heartbeats {
  let seen = new Map<string, { readonly text: string; readonly at: number }>();
  /** The present entries, each with whether it has changed recently. */
  function look(entries: Readonly<Record<string, string>>) {
    const now = clock.monotonic();
    seen = new Map(
      Object.entries(entries).map(([name, text]) => {
        const before = seen.get(name);
        return [name, before?.text === text ? before : { text, at: now }] as const;
      }),
    );
    return [...seen].map(([name, { text, at }]) => ({ name, text, lives: now - at < deadAfter }));
  }

  return {
    alive: (entries) =>
      look(entries)
        .filter(({ lives }) => lives)
        .map(({ text }) => decodeHeard(text)),
    dead: (entries) =>
      look(entries)
        .filter(({ lives }) => !lives)
        .map(({ name }) => name),
  };
}
