import { keys, managedBy, ownNames } from '../api/names.js';
import { configMaps } from '../api/resources.js';
import type { Heard } from '../gateway/heard.js';
import type { Applier } from '../runtime/apply.js';
import type { Clock } from '../runtime/clock.js';
import type { Complaint } from './complaints.js';
import { exactly } from './exactly.js';
import { isTaken, notManaged } from './notmanaged.js';
import { createSightings } from './sightings.js';
import type { LocalCaches, Self } from './world.js';

/** ConfigMap `service-mirror-callers`: where ingress gateways write what their callers trust, while a CA is rotated. */
export interface Callers {
  /** What ingress gateways that are alive have heard; nothing is read from a ConfigMap that is not ours. */
  heard(): readonly Heard[];
  /** Why nothing can be heard; undefined: it can. */
  deaf(): string | undefined;
  /** Makes it while a new CA is published, and empties it when nobody needs to know; gives back what is in the way. */
  keep(published: boolean): Promise<Complaint[]>;
}

/** Keeps the ConfigMap in the operator's namespace. */
export function createCallers(options: {
  caches: LocalCaches;
  applier: Applier;
  self: Self;
  clock: Clock;
}): Callers {
  const { caches, applier, self, clock } = options;
  const sightings = createSightings(clock);
  const held = () => caches.configMaps.get(`${self.namespace}/${ownNames.callers}`);
  const metadata = {
    ...{ name: ownNames.callers, namespace: self.namespace },
    labels: { [keys.managedBy]: managedBy },
  };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };

  return {
    heard() {
      const actual = held();
      return sightings.alive(isTaken(actual) ? {} : (actual?.data ?? {}));
    },

    deaf() {
      return isTaken(held())
        ? `ConfigMap ${self.namespace}/${ownNames.callers} is somebody else's; see its Event NotManaged, or the operator's log, for the command that mends it, or run rotate-ca --force`
        : undefined;
    },

    async keep(published) {
      const actual = held();
      if (actual !== undefined && isTaken(actual)) return [notManaged(actual)];
      if (published && actual === undefined) await applier.once(configMaps, object);
      const data = exactly({}, actual?.data);
      if (published || Object.keys(data).length === 0) return [];
      await applier.own(configMaps, { ...object, data }, actual, 'self');
      return [];
    },
  };
}
