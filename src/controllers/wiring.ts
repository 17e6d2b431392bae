import { isDeepStrictEqual } from 'node:util';
import { backendsOfSpec, localCluster } from '../api/backends.js';
import type { Invitation } from '../api/invitation.js';
import type { Link } from '../api/link.js';
import { credentialsType, ownNames } from '../api/names.js';
import type { EndpointSlice, KubeObject, Namespace, Secret, Service } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { Change } from '../runtime/cache.js';
import type { Urgency } from '../runtime/lanes.js';
import type { EgressGatewaysChange } from './gateway/applieddifference.js';
import { createImportKeys } from './import/keys.js';
import { exportsKey } from './export/exports.js';
import { gatewayKey } from './gateway/gateway.js';
import type { RemoteChange } from './link/remote.js';
import { keyOfLink } from './link/statuswrites.js';
import { rotationKey } from './rotation/rotation.js';
import { createMirrorKeys } from './mirrorkeys.js';
import { countLag, mirrorQueues, orderOf, startLag, type QueueName, type WiringOptions } from './queues.js';
import {
  egressPorts,
  isNew,
  isOwn,
  isOwnStatus,
  sameConditions,
  sameLabels,
  sameMirror,
  samePermit,
  samePod,
  sameSelection,
  sameSpec,
} from './changes.js';
import { localServiceOf, mirrorOwner, mirrorsWanting, type LocalCaches } from './caches.js';

const bulk = { urgency: 'bulk' } as const;

/**
 * Which change wakes which queue, and which memory it clears: all of it, in one table. Handlers only map a change to
 * keys; a woken controller reads the caches again.
 */
export function wiring(caches: LocalCaches, o: WiringOptions) {
  const { wake, forget, isInLine, isOurs, isRead } = o;
  /** Whether a mirror is still in line in a queue before that one. */
  const isEarly = (queue: QueueName, key: string) =>
    mirrorQueues.slice(0, orderOf(queue)).some((earlier) => isInLine(earlier, key));
  /** Mirrors whose slices follow when their Service is done. */
  const stepping = new Set<string>();
  /**
   * A mirror that exists and has changed comes before those that are new. New ones and the rest of the bulk take one
   * step after the other; of every mirror the status comes when Service and slices are done.
   */
  const mirrors = (
    keys: Iterable<string>,
    queues: readonly QueueName[] = mirrorQueues,
    how: { urgency?: Urgency; afterMs?: number } = {},
  ) => {
    const [first = 'status'] = queues;
    // another replica's is never done here, so nothing may be remembered of it
    for (const key of [...keys].filter(isOurs)) {
      const isFresh = isNew(caches.mirrors.get(key));
      const urgency = how.urgency ?? (isFresh ? 'bulk' : 'normal');
      const inSteps = isFresh || urgency === 'bulk';
      const waits = (inSteps || first === 'status') && isEarly(first, key);
      if (inSteps && (waits ? first : queues[1]) === 'endpoints') stepping.add(key);
      if (!waits) wake(first, key, { ...how, urgency });
      if (!inSteps && queues[1] === 'endpoints') wake('endpoints', key, { ...how, urgency });
    }
  };
  /** The CA and everything that follows from it. */
  const ca = () => {
    wake('gateway', gatewayKey);
    wake('rotation', rotationKey);
  };
  /** The exports, and the peers that may use them. */
  const exports = () => wake('exports', exportsKey, { afterMs: countLag(1) });
  /** Counts of a Link; where it is not read yet, or is this cluster itself, that it should be read does not lag. */
  const counts = (link: string) =>
    wake('links', link, { afterMs: countLag(link !== localCluster && isRead(link) ? caches.links.size : 1) });
  /** A peer depends on all Links, because two Links may claim one peer. */
  const peers = () => {
    forget('peers');
    wake('gateway', gatewayKey);
    exports();
    for (const link of caches.links.list()) wake('health', link.metadata.name);
  };
  /** Whether a Link can be made depends on all others. */
  const invited = () =>
    caches.invitations.list().forEach(({ metadata }) => wake('invitations', metadata.name));
  const mirrorKeys = createMirrorKeys(caches);
  const { ofPorts, ofLink, ofService, ofSlice } = mirrorKeys;
  /** Something that was made for these mirrors is gone. */
  const suspect = (keys: readonly string[]) =>
    keys.filter((key) => caches.mirrors.get(key) !== undefined && isOurs(key)).forEach(o.suspect);
  /** The traffic of a Link's mirrors takes another way. Right after a start, the first sight of the remote comes first. */
  const rerouted = (link: string) =>
    mirrors(ofLink(link), ['endpoints'], {
      urgency: 'urgent',
      ...(!isRead(link) && { afterMs: startLag.urgent }),
    });
  /** The gateway of a Link answers otherwise than before, or others ask it. */
  const probed = (link: string) => {
    wake('health', link);
    rerouted(link);
  };
  const automatic = (keys: Iterable<string>, how?: { urgency: Urgency; afterMs?: number }) => {
    for (const key of keys) wake('automatic', key, how);
  };
  const imported = createImportKeys(caches, o);

  return {
    mirror: (change: Change<ServiceMirror>) => {
      const { object } = change;
      // it is gone, or has come to name a Link of another replica's
      if (change.type === 'deleted' || (change.type === 'updated' && !isOurs(keyOf(object)))) {
        forget('ports', object.metadata.uid);
        for (const memory of ['firsts', 'refusals', 'suspects'] as const) forget(memory, keyOf(object));
      }
      const previous = change.type === 'updated' ? change.previous : undefined;
      // of a status that we wrote only the egress ports concern another controller
      if (!isOwnStatus(change)) mirrors([keyOf(object)]);
      else if (!isDeepStrictEqual(egressPorts(previous), egressPorts(object)))
        mirrors([keyOf(object)], ['endpoints']);
      // names of pods lead to the mirrors of these, while they are ready
      const parent = mirrorOwner(object);
      if (parent !== undefined && change.type === 'deleted') suspect([parent]);
      if (parent !== undefined && !isOwn(change)) wake('pods', parent);
      if (parent !== undefined && !(isOwnStatus(change) && samePod(previous, object)))
        mirrors([parent], ['endpoints']);
      const named = [object, ...(previous === undefined ? [] : [previous])].flatMap(backendsOfSpec);
      for (const link of new Set(named.map(({ cluster }) => cluster))) counts(link);
      // two mirrors may want one name: when one goes, the other one may get it
      if (change.type === 'deleted') mirrors(mirrorsWanting(caches, localServiceOf(object)));
      if (!isOwn(change) && (change.type === 'deleted' || !sameMirror(previous, object)))
        automatic(imported.beside(object, previous));
    },
    link: ({ object, ...change }: Change<Link>) => {
      const { name } = object.metadata;
      // a new Link of the same name may follow before a controller wakes: it must not inherit the memory of this one
      if (change.type === 'deleted') {
        for (const memory of ['remote', 'renewals', 'probes', 'unmade', 'deletions'] as const)
          forget(memory, name);
        forget('refusals', keyOfLink(name));
      }
      const previous = 'previous' in change ? change.previous : undefined;
      if (change.type === 'updated' && !sameSelection(previous, object)) forget('selection', name);
      if (!samePermit(previous, object)) automatic(imported.ofLink(name), bulk);
      // not by generation: a cluster that was restored from a backup counts the same numbers again
      const isSameSpec = sameSpec(previous, object);
      // a change of counts alone wakes nobody: otherwise their writer would count again at once, for as long as
      // mirrors come and go
      const sameNumber = previous?.metadata.generation === object.metadata.generation;
      if (isSameSpec && sameNumber && sameConditions(object, previous)) return;
      wake('links', name);
      wake('health', name);
      if (isSameSpec) return;
      invited();
      peers();
      wake('rotation', rotationKey);
      mirrors(ofLink(name));
      automatic(imported.ofLink(name), bulk);
    },
    invitation: (change: Change<Invitation>) => {
      if (!isOwn(change)) wake('invitations', change.object.metadata.name);
    },
    service: ({ object, ...change }: Change<Service>) => {
      const owner = mirrorOwner(object);
      if (isOwn(change) && owner !== undefined) {
        // its writer has just seen it; to other mirrors that want its name it is news only when it is new
        mirrors([owner], ['endpoints']);
        if (change.type === 'added') mirrors(ofService(object).filter((key) => key !== owner));
        return;
      }
      if (change.type === 'deleted') suspect(ofService(object));
      mirrors(ofService(object));
      const before = 'previous' in change ? change.previous : undefined;
      automatic(imported.ofLocal(object, before));
      // a mirror is never exported
      if ([object, before ?? object].some((service) => mirrorOwner(service) === undefined)) exports();
      if (object.metadata.name === ownNames.ingress) wake('gateway', gatewayKey);
    },
    slice: ({ object, ...change }: Change<EndpointSlice>) => {
      // the status follows when its writer is done
      if (isOwn(change)) return;
      const keys = ofSlice(object, 'previous' in change ? change.previous : undefined);
      if (change.type === 'deleted') suspect(keys);
      mirrors(keys);
    },
    namespace: (change: Change<Namespace>) => {
      if (change.type === 'updated' && sameLabels(change.object, change.previous)) return;
      exports();
      const { name } = change.object.metadata;
      mirrors(caches.mirrors.by('namespace', name).map(keyOf));
      automatic(imported.ofNamespace(name), bulk);
    },
    secret: ({ object }: Change<Secret>) => {
      if (object.type !== credentialsType) ca();
      for (const link of caches.links.by('secret', object.metadata.name)) wake('links', link.metadata.name);
    },
    configMap: ({ object }: Change<KubeObject>) => {
      const { identity, peers: settled, callers, ports } = ownNames;
      // a ConfigMap without our label is left alone with a warning, and used again when the label is back
      if ([identity, settled, callers, ports].some((name) => name === object.metadata.name))
        wake('gateway', gatewayKey);
      if (object.metadata.name === ownNames.callers) wake('rotation', rotationKey);
      if (object.metadata.name !== settled) return;
      // they are resolved with what was resolved before
      forget('peers');
      exports();
    },
    /** Other remote Services of that Link have no automatic mirror than before. */
    imports: counts,
    /** Mirrors of that Link are held, or are not any more: a condition says so. */
    held: (link: string) => wake('links', link, { afterMs: countLag(1) }),
    /** The Services that the API server calls, and the pods of headless ones. */
    exported: exports,
    remote: (link: string, change: RemoteChange) => {
      switch (change.kind) {
        case 'service':
          if (change.part === 'service') {
            for (const own of [link, '']) o.noted(link, `${own}|${change.key}`);
            automatic(imported.ofService(link, change.key));
          }
          return mirrors(caches.mirrors.by('remote', `${link}|${change.key}`).map(keyOf));
        case 'identity':
          peers();
          wake('links', link);
          // the peer decides whether its mirrors may carry traffic
          return rerouted(link);
        case 'contact':
          return wake('links', link);
        case 'state':
          // whether the identity can be read is part of it
          forget('peers');
          wake('links', link);
          o.noted(link);
          automatic(imported.ofLink(link), bulk);
          return mirrors(ofLink(link), mirrorQueues, bulk);
        default:
          change satisfies never;
      }
    },
    /** The cluster of that Link is not watched any more. */
    unwatched: (link: string) => {
      forget('series', link);
      peers();
    },
    egressGateways: (change: EgressGatewaysChange) => {
      switch (change.kind) {
        case 'membership':
          wake('rotation', rotationKey);
          return caches.links.list().forEach(({ metadata }) => probed(metadata.name));
        case 'families':
          return mirrors(caches.mirrors.list().map(keyOf), ['services']);
        case 'routes':
          return ofPorts(change.ports).forEach((key) =>
            mirrors([key], ['endpoints'], mirrorKeys.routeLag(key)),
          );
        case 'exports':
          return mirrors(ofPorts(change.ports), ['endpoints'], { urgency: 'urgent' });
        case 'distances':
          return mirrors(change.links.flatMap(ofLink).filter(mirrorKeys.isByDistance), ['endpoints']);
        case 'links':
          wake('rotation', rotationKey);
          return change.links.forEach(probed);
        default:
          change satisfies never;
      }
    },
    /** The address families that Services may have. */
    families: () => mirrors(caches.mirrors.list().map(keyOf), mirrorQueues, { urgency: 'bulk' }),
    probe: probed,
    /** Our own API server refuses something of that mirror, or does not any more. */
    refusal: (mirror: string) => mirrors([mirror], ['status']),
    /** A key was reconciled, and was so urgent. */
    done: (queue: string, key: string, urgency?: Urgency) => {
      if (queue !== 'services' && queue !== 'endpoints') return;
      const how = isNew(caches.mirrors.get(key)) || urgency === undefined ? {} : { urgency };
      // which pods need a mirror follows from what the slices are made of
      if (queue === 'endpoints' && mirrorKeys.hasPods(key)) wake('pods', key);
      const next = queue === 'services' && stepping.delete(key) ? 'endpoints' : 'status';
      mirrors([key], [next], how);
    },
    /** The addresses of our ingress gateway for peers. */
    addresses: () => wake('gateway', gatewayKey),
    /** All keys, once, for a new leader. */
    everything: () => {
      ca();
      exports();
      invited();
      for (const name of [localCluster, ...caches.links.list().map(({ metadata }) => metadata.name)])
        for (const queue of ['links', 'health'] as const) wake(queue, name);
      // an object of ours may have lost its owner while no operator ran
      const owned = [...caches.services.list(), ...caches.mirrors.list()];
      automatic(imported.made(), { ...bulk, afterMs: startLag.bulk });
      const owners = owned.flatMap((object) => mirrorOwner(object) ?? []);
      const all = new Set([...caches.mirrors.list().map(keyOf), ...owners]);
      mirrors(all, mirrorQueues, { ...bulk, afterMs: startLag.bulk });
    },
  };
}
