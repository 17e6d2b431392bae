import { isDeepStrictEqual } from 'node:util';
import { ownNames } from '../../api/names.js';
import type { Node } from '../../api/objects.js';
import { nodes as nodeResource } from '../../api/resources.js';
import { ingressAddresses, needsNodes } from '../../peers/advertise.js';
import { decodeIdentity } from '../../protocol/identity.js';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createReflector, type Reflector } from '../../runtime/reflector/reflector.js';
import { watchForRewind } from '../../runtime/rewind.js';
import type { Address } from '../../net/address.js';
import type { LocalCaches, Self } from '../caches.js';

/** The published addresses of our ingress gateway. */
export interface Advertised {
  /** The addresses to publish now; while they are not known, those that were published before. */
  addresses(): readonly Address[];
  /** Stops reading nodes. */
  stop(): void;
}

/** The dependencies. */
export interface AdvertisedOptions {
  readonly kube: KubeClient;
  readonly caches: Pick<LocalCaches, 'services' | 'configMaps'>;
  readonly self: Self;
  /** Addresses from the command line; if there are any, the Service is ignored. */
  readonly fixed: readonly Address[];
  /** Called when the addresses may have changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads nodes only while the Service of the ingress gateway is reached through them: many clusters have many nodes. */
export function createAdvertised(options: AdvertisedOptions): Advertised {
  const { kube, caches, self, fixed, onChange, clock, log } = options;
  let following: { readonly reflector: Reflector<Node>; readonly stop: () => void } | undefined;

  function follow(): Reflector<Node> {
    if (following !== undefined) return following.reflector;
    const stopping = new AbortController();
    const reflector = createReflector(kube, nodeResource, { clock, log, transform: trimmed });
    reflector.cache.onChange((change) => {
      const before = change.type === 'updated' ? change.previous : undefined;
      if (!isDeepStrictEqual(change.object.status, before?.status) || change.type !== 'updated') onChange();
    });
    void reflector
      .whenSynced(stopping.signal)
      .then(onChange)
      .catch(() => {});
    const warned = reflector.onState(() => {
      if (reflector.state.phase !== 'failing') return;
      warned();
      log.warn(
        'the nodes of this cluster cannot be read, so that those published stay; let the operator list and watch nodes, or give it --gateway-address',
        { error: reflector.state.error },
      );
    });
    void reflector.run(stopping.signal);
    void watchForRewind([reflector], { clock, log }, stopping.signal);
    following = { reflector, stop: () => stopping.abort() };
    return reflector;
  }

  function stop(): void {
    following?.stop();
    following = undefined;
  }

  function published(): readonly Address[] {
    const { data } = caches.configMaps.get(`${self.namespace}/${ownNames.identity}`) ?? {};
    const decoded = decodeIdentity(data, new Date(clock.now()));
    return 'value' in decoded ? decoded.value.addresses : [];
  }

  return {
    addresses() {
      const service = caches.services.get(`${self.namespace}/${ownNames.ingress}`);
      if (fixed.length > 0 || !needsNodes(service)) {
        stop();
        return fixed.length > 0 ? fixed : ingressAddresses({ service, nodes: [] });
      }
      const { cache } = follow();
      return cache.synced ? ingressAddresses({ service, nodes: cache.list() }) : published();
    },
    stop,
  };
}

/** Keeps only the needed fields: a node has many more, and they change often. */
function trimmed({ apiVersion, kind, metadata, status }: Node): Node {
  const { name, uid, resourceVersion, deletionTimestamp } = metadata;
  return {
    ...{ apiVersion, kind },
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    status: {
      addresses: (status?.addresses ?? []).filter(({ type }) => type.endsWith('IP')),
      conditions: (status?.conditions ?? [])
        .filter(({ type }) => type === 'Ready')
        .map(({ type, status: is }) => ({ type, status: is })),
    },
  };
}
