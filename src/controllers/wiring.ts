import { isDeepStrictEqual } from 'node:util';
import { backendsOfSpec } from '../api/backends.js';
import type { Link } from '../api/link.js';
import { credentialsType, ownNames } from '../api/names.js';
import type { EndpointSlice, KubeObject, Namespace, Secret, Service } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { Change } from '../runtime/cache.js';
import type { EgressGatewaysChange } from './gateway/egress.js';
import { exportsKey } from './export/exports.js';
import { gatewayKey } from './gateway/gateway.js';
import type { RemoteChange } from './link/remote.js';
import { keyOfLink } from './link/statuswrites.js';
import { rotationKey } from './rotation/rotation.js';
import { indexOf, mirrorOwner, mirrorsWanting, sliceService, type LocalCaches } from './caches.js';

/** The queues, by the controller they feed. */
export type QueueName =
  'services' | 'endpoints' | 'status' | 'links' | 'health' | 'exports' | 'gateway' | 'rotation';

/** Puts a key into a queue, at once or later (ms). */
export type Wake = (queue: QueueName, key: string, afterMs?: number) => void;

/** What is kept of things that may change or go, by what it is kept in. */
export type MemoryName =
  /** Who stands behind which Link, resolved from all Links and from what their clusters publish. */
  | 'peers'
  /** What is watched of a remote cluster, by Link. */
  | 'remote'
  /** How the last renewals of a token went, by Link. */
  | 'renewals'
  /** What probes of a gateway have shown, by Link. */
  | 'probes'
  /** Series of the metrics, by Link. */
  | 'series'
  /** Which egress ports a mirror has, by its UID. */
  | 'ports'
  /** What our own API server refuses, by the key of the mirror, or as `keyOfLink` names the Link. */
  | 'refusals';

/** Forgets what is kept under that key; of what is kept as a whole, all of it. */
export type Forget = (memory: MemoryName, key?: string) => void;

/** Counts in a Link's status may lag by this much (ms), so that a thousand mirrors make few writes. */
const countLag = 1_000;

const mirrorQueues = ['services', 'endpoints', 'status'] as const;

/**
 * Which change wakes which queue, and what is no longer true after it: all of it, in one table. Handlers map to keys and
 * nothing else; whoever is woken reads the caches again.
 */
export function wiring(caches: LocalCaches, { wake, forget }: { wake: Wake; forget: Forget }) {
  const mirrors = (keys: Iterable<string>, queues: readonly QueueName[] = mirrorQueues) => {
    for (const key of keys) for (const queue of queues) wake(queue, key);
  };
  /** The CA and whatever follows from it. */
  const ca = () => {
    wake('gateway', gatewayKey);
    wake('rotation', rotationKey);
  };
  /** What is exported, and to whom. */
  const exports = () => wake('exports', exportsKey, countLag);
  /** Who a peer is depends on all Links: two may claim one peer. */
  const peers = () => {
    forget('peers');
    wake('gateway', gatewayKey);
    exports();
    for (const link of caches.links.list()) wake('health', link.metadata.name);
  };
  const ofLink = (link: string) => caches.mirrors.by('link', link).map(keyOf);
  const ofService = (service: Readonly<Service>) => {
    const owner = mirrorOwner(service);
    return [...(owner === undefined ? [] : [owner]), ...mirrorsWanting(caches, keyOf(service))];
  };

  return {
    mirror: (change: Change<ServiceMirror>) => {
      const { object } = change;
      if (change.type === 'deleted') {
        forget('ports', object.metadata.uid);
        forget('refusals', keyOf(object));
      }
      mirrors([keyOf(object)]);
      const previous = change.type === 'updated' ? change.previous : undefined;
      const named = [object, ...(previous === undefined ? [] : [previous])].flatMap(backendsOfSpec);
      for (const link of new Set(named.map(({ cluster }) => cluster))) wake('links', link, countLag);
      // two mirrors may want one name: when one goes, the other may have it
      if (change.type === 'deleted')
        mirrors(
          mirrorsWanting(
            caches,
            indexOf.localService(
              object.metadata.namespace ?? '',
              object.spec.name ?? object.spec.service.name,
            ),
          ),
        );
    },
    link: ({ object, ...change }: Change<Link>) => {
      const { name } = object.metadata;
      // a new Link of the same name may follow before anyone is woken: what its namesake has seen is not its own
      if (change.type === 'deleted') {
        for (const memory of ['remote', 'renewals', 'probes'] as const) forget(memory, name);
        forget('refusals', keyOfLink(name));
      }
      const previous = 'previous' in change ? change.previous : undefined;
      // not by generation: a cluster that was restored from a backup counts the same numbers again
      const sameSpec = previous !== undefined && isDeepStrictEqual(previous.spec, object.spec);
      // counts alone wake nobody: who wrote them would count again at once, for as long as mirrors come and go
      const sameNumber = previous?.metadata.generation === object.metadata.generation;
      if (sameSpec && sameNumber && sameConditions(object, previous)) return;
      wake('links', name);
      wake('health', name);
      if (sameSpec) return;
      peers();
      wake('rotation', rotationKey);
      mirrors(ofLink(name));
    },
    service: ({ object, ...change }: Change<Service>) => {
      mirrors(ofService(object));
      // nobody exports a mirror
      const before = 'previous' in change ? change.previous : undefined;
      if ([object, before ?? object].some((service) => mirrorOwner(service) === undefined)) exports();
      if (object.metadata.name === ownNames.ingress) wake('gateway', gatewayKey);
    },
    slice: ({ object, ...change }: Change<EndpointSlice>) => {
      // a slice that is given to another Service is missed by the one that it was taken from
      const before =
        'previous' in change && change.previous !== undefined ? [sliceService(change.previous)] : [];
      for (const key of new Set([sliceService(object), ...before])) {
        const service = caches.services.get(key);
        mirrors(service === undefined ? mirrorsWanting(caches, key) : ofService(service));
      }
    },
    namespace: (change: Change<Namespace>) => {
      if (change.type === 'updated' && sameLabels(change.object, change.previous)) return;
      exports();
      mirrors(caches.mirrors.by('namespace', change.object.metadata.name).map(keyOf));
    },
    secret: ({ object }: Change<Secret>) => {
      if (object.type !== credentialsType) ca();
      for (const link of caches.links.by('secret', object.metadata.name)) wake('links', link.metadata.name);
    },
    configMap: ({ object }: Change<KubeObject>) => {
      const { identity, peers: settled, callers, ports } = ownNames;
      // one that has lost our label is left alone and warned of, and used again when the label is back
      if ([identity, settled, callers, ports].some((name) => name === object.metadata.name))
        wake('gateway', gatewayKey);
      if (object.metadata.name === ownNames.callers) wake('rotation', rotationKey);
      if (object.metadata.name !== settled) return;
      // they are resolved with what was resolved before
      forget('peers');
      exports();
    },
    /** Which Services the API server calls. */
    webhooks: exports,
    remote: (link: string, change: RemoteChange) => {
      switch (change.kind) {
        case 'service':
          return mirrors(caches.mirrors.by('remote', `${link}|${change.key}`).map(keyOf));
        case 'identity':
          peers();
          wake('links', link);
          // who the peer is decides whether its mirrors may carry traffic
          return mirrors(ofLink(link), ['endpoints', 'status']);
        case 'contact':
          return wake('links', link);
        case 'state':
          // whether the identity can be read is part of it
          forget('peers');
          wake('links', link);
          return mirrors(ofLink(link));
        default:
          change satisfies never;
      }
    },
    /** Nothing of the cluster of that Link is watched any more. */
    unwatched: (link: string) => {
      forget('series', link);
      peers();
    },
    egressGateways: (change: EgressGatewaysChange) => {
      switch (change.kind) {
        case 'membership':
          wake('rotation', rotationKey);
          for (const link of caches.links.list()) wake('health', link.metadata.name);
          return mirrors(caches.mirrors.list().map(keyOf), ['endpoints', 'status']);
        case 'families':
          return mirrors(caches.mirrors.list().map(keyOf), ['services']);
        case 'routes':
          return mirrors(
            change.ports.flatMap((port) => caches.mirrors.by('gatewayPort', String(port)).map(keyOf)),
            ['endpoints', 'status'],
          );
        case 'links':
          wake('rotation', rotationKey);
          for (const link of change.links) {
            wake('health', link);
            mirrors(ofLink(link), ['endpoints', 'status']);
          }
          return;
        default:
          change satisfies never;
      }
    },
    /** Which address families Services may have. */
    families: () => mirrors(caches.mirrors.list().map(keyOf)),
    probe: (link: string) => {
      wake('health', link);
      mirrors(ofLink(link), ['endpoints', 'status']);
    },
    /** Our own API server has begun or ceased to refuse something of that mirror. */
    refusal: (mirror: string) => wake('status', mirror),
    /** Where peers reach our ingress gateway. */
    addresses: () => wake('gateway', gatewayKey),
    /** Everything there is, once, by a new leader. */
    everything: () => {
      ca();
      exports();
      for (const link of caches.links.list())
        for (const queue of ['links', 'health'] as const) wake(queue, link.metadata.name);
      mirrors(caches.mirrors.list().map(keyOf));
      // what we own may have lost its owner while nobody looked
      mirrors(caches.services.list().flatMap((service) => mirrorOwner(service) ?? []));
    },
  };
}

function sameConditions(a: Readonly<Link>, b: Readonly<Link> | undefined): boolean {
  return JSON.stringify(a.status?.conditions) === JSON.stringify(b?.status?.conditions);
}

function sameLabels(a: Readonly<Namespace>, b: Readonly<Namespace> | undefined): boolean {
  return JSON.stringify(a.metadata.labels) === JSON.stringify(b?.metadata.labels);
}
