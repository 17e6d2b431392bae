import type { ServiceCaller } from '../../api/objects.js';
import { apiServices, mutatingWebhooks, validatingWebhooks } from '../../api/resources.js';
import { reduceCaller } from '../../exports/spared.js';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createReflector, type Reflector } from '../../runtime/reflector/reflector.js';
import { watchForRewind } from '../../runtime/rewind.js';

/** Webhook configurations and APIServices: `exports.all` leaves out the Services that they name. */
export interface Webhooks {
  /** Starts or stops watching them; returns the present ones, and undefined while they are not known. */
  read(needed: boolean): readonly Readonly<ServiceCaller>[] | undefined;
  /** Stops reading them. */
  stop(): void;
}

/**
 * Reads webhook configurations and APIServices only while a Link exports all, and keeps only the Services that they
 * name.
 */
export function createWebhooks(options: {
  readonly kube: KubeClient;
  /** Called when they have changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly log: Log;
}): Webhooks {
  const { kube, onChange, clock, log } = options;
  let following:
    { readonly reflectors: readonly Reflector<ServiceCaller>[]; readonly stop: () => void } | undefined;

  function follow(): readonly Reflector<ServiceCaller>[] {
    if (following !== undefined) return following.reflectors;
    const stopping = new AbortController();
    const reflectors = [validatingWebhooks, mutatingWebhooks, apiServices].map((resource) => {
      const reflector = createReflector(kube, resource, { clock, log, transform: reduceCaller });
      reflector.cache.onChange(onChange);
      const warned = reflector.onState(() => {
        if (reflector.state.phase !== 'failing') return;
        warned();
        log.warn(
          `${resource.plural} cannot be read, so that Services of Links with exports.all are not counted; let the operator list and watch them`,
          { error: reflector.state.error },
        );
      });
      void reflector.run(stopping.signal);
      return reflector;
    });
    void Promise.all(reflectors.map((reflector) => reflector.whenSynced(stopping.signal)))
      .then(onChange)
      .catch(() => {});
    void watchForRewind(reflectors, { clock, log }, stopping.signal);
    following = { reflectors, stop: () => stopping.abort() };
    return reflectors;
  }

  function stop(): void {
    following?.stop();
    following = undefined;
  }

  return {
    read(needed) {
      if (!needed) {
        stop();
        return [];
      }
      const reflectors = follow();
      if (reflectors.some(({ cache }) => !cache.synced)) return undefined;
      return reflectors.flatMap(({ cache }) => cache.list());
    },
    stop,
  };
}
