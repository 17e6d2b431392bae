import { backendsOfSpec, backendsOfStatus, type RemoteService } from '../api/backends.js';
import type { Invitation } from '../api/invitation.js';
import { storedSpec, type Link } from '../api/link.js';
import { controllingLink, controllingMirror } from '../api/owner.js';
import { keys, managedBy, podLabels } from '../api/names.js';
import type { ConfigMap, EndpointSlice, Namespace, Pod, Secret, Service } from '../api/objects.js';
import {
  configMaps,
  endpointSlices,
  invitations,
  keyOf,
  links,
  namespaces,
  pods,
  secrets,
  serviceMirrors,
  serviceOfSlice,
  services,
} from '../api/resources.js';
import { shaped } from '../api/shape.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { automaticSource } from '../mirror/automatic.js';
import { federatedService } from '../mirror/federated.js';
import { localName } from '../mirror/view.js';
import type { BeginWrite } from '../runtime/apply.js';
import type { Cache } from '../runtime/cache.js';
import type { Clock } from '../runtime/clock.js';
import type { KubeClient } from '../runtime/kube.js';
import type { Liveness } from '../runtime/liveness.js';
import type { Log } from '../runtime/log.js';
import { createLean } from '../runtime/lean.js';
import { appliersOf, withoutManagedFields } from '../runtime/managed.js';
import type { OwnWrite } from '../runtime/reflector/ownwrites.js';
import { createReflector, type Reflector } from '../runtime/reflector/reflector.js';

/** The identity of this cluster. */
export interface Self {
  readonly cluster: string;
  /** UID of the kube-system namespace. */
  readonly uid: string;
  /** The operator's own namespace. */
  readonly namespace: string;
}

/** The caches of the local cluster; controllers read nothing else of it. */
export interface LocalCaches {
  readonly mirrors: Cache<ServiceMirror>;
  readonly links: Cache<Link>;
  readonly invitations: Cache<Invitation>;
  readonly services: Cache<Service>;
  /** The slices that we wrote. */
  readonly slices: Cache<EndpointSlice>;
  readonly namespaces: Cache<Namespace>;
  /** Of the operator's own namespace. */
  readonly secrets: Cache<Secret>;
  readonly configMaps: Cache<ConfigMap>;
  /** The egress gateway pods. */
  readonly pods: Cache<Pod>;
}

/** Index keys; both sides of each look-up use these. */
export const indexOf = {
  remoteService: ({ cluster, namespace, name }: RemoteService) => `${cluster}|${namespace}/${name}`,
  localService: (namespace: string, name: string) => `${namespace}/${name}`,
};

/** The remote Service for which a Link made the mirror, if one did; its key is that of the queue `automatic`. */
export function sourceOf(mirror: Readonly<ServiceMirror>): RemoteService[] {
  const source = automaticSource(mirror);
  return source === undefined ? [] : [source];
}

/** The key of a federated mirror of ours in the queue `automatic`: no Link, and the name of its Services. */
export function federatedKey(mirror: Readonly<ServiceMirror>): string[] {
  const name = federatedService(mirror);
  const { namespace = '' } = mirror.metadata;
  return name === undefined ? [] : [indexOf.remoteService({ cluster: '', namespace, name })];
}

/** The key of the local Service that a mirror wants. */
export function localServiceOf(mirror: Readonly<ServiceMirror>): string {
  return indexOf.localService(mirror.metadata.namespace ?? '', localName(mirror));
}

/** The key of the ServiceMirror that controls this Service or this mirror of a pod, if one does. */
export function mirrorOwner(object: Readonly<Service | ServiceMirror>): string | undefined {
  const owner = controllingMirror(object);
  return owner === undefined ? undefined : `${object.metadata.namespace}/${owner.name}`;
}

/** The reflectors of the local cluster, and what they keep. */
export interface LocalReflectors {
  readonly caches: LocalCaches;
  readonly all: Reflector<never>[];
  readonly beginWrite: BeginWrite;
}

/** Builds the local reflectors; they do nothing until they are run. */
export function localReflectors(
  kube: KubeClient,
  options: { self: Self; clock: Clock; log: Log; liveness?: Liveness },
): LocalReflectors {
  const { self, ...common } = options;
  const own = { namespace: self.namespace, ...common };
  // not for Secrets, whose texts must go with them
  const lean = createLean(kube.fieldManager);
  const all = {
    mirrors: createReflector(kube, serviceMirrors, {
      ...common,
      transform(mirror) {
        const isOurs = controllingLink(mirror) !== undefined || federatedService(mirror) !== undefined;
        const appliers = isOurs ? appliersOf(mirror) : [];
        // the operator alone writes its status, as a whole, and of the rest what it reads nowhere
        const kept = lean(shaped(withoutManagedFields(mirror)));
        if (appliers.length > 0) kept.metadata = { ...kept.metadata, managedFields: appliers };
        return kept;
      },
      indexes: {
        link: (mirror) => backendsOfSpec(mirror).map(({ cluster }) => cluster),
        automatic: (mirror) => sourceOf(mirror).map(({ cluster }) => cluster),
        automaticOf: (mirror) => sourceOf(mirror).map(indexOf.remoteService),
        // all, under no name, and those of each cluster
        federated: (mirror) =>
          federatedService(mirror) === undefined
            ? []
            : ['', ...backendsOfSpec(mirror).map(({ cluster }) => cluster)],
        federatedOf: federatedKey,
        namespace: (mirror) => [mirror.metadata.namespace ?? ''],
        remote: (mirror) => backendsOfSpec(mirror).map(indexOf.remoteService),
        local: (mirror) => [localServiceOf(mirror)],
        podsOf: (mirror) => [mirrorOwner(mirror)].filter((owner) => owner !== undefined),
        gatewayPort: (mirror) =>
          backendsOfStatus(mirror).flatMap(({ ports }) =>
            ports.flatMap(({ gatewayPort }) => (gatewayPort === undefined ? [] : [String(gatewayPort)])),
          ),
      },
    }),
    links: createReflector(kube, links, {
      ...common,
      indexes: {
        secret: (link) => {
          const secret = storedSpec(link).credentialsSecretRef;
          return secret === undefined ? [] : [secret.name];
        },
      },
    }),
    invitations: createReflector(kube, invitations, common),
    services: createReflector(kube, services, {
      ...common,
      transform: lean,
      indexes: {
        owner: (service) => {
          const owner = mirrorOwner(service);
          return owner === undefined ? [] : [owner];
        },
      },
    }),
    slices: createReflector(kube, endpointSlices, {
      ...common,
      transform: lean,
      labelSelector: `${keys.sliceManagedBy}=${managedBy}`,
      indexes: {
        service: (slice) => [serviceOfSlice(slice)],
        address: (slice) => (slice.endpoints ?? []).flatMap(({ addresses }) => addresses),
      },
    }),
    namespaces: createReflector(kube, namespaces, common),
    secrets: createReflector(kube, secrets, own),
    configMaps: createReflector(kube, configMaps, own),
    pods: createReflector(kube, pods, {
      ...own,
      labelSelector: Object.entries(podLabels('egress'))
        .map((pair) => pair.join('='))
        .join(','),
    }),
  };
  const caches = Object.fromEntries(
    Object.entries(all).map(([name, reflector]) => [name, reflector.cache]),
  ) as unknown as LocalCaches;
  // everything that we write and decide from
  const { mirrors, links: linkObjects, services: serviceObjects, slices } = all;
  const written: Readonly<Record<string, { beginWrite(key: string): OwnWrite<never> } | undefined>> = {
    [serviceMirrors.plural]: mirrors,
    [links.plural]: linkObjects,
    [invitations.plural]: all.invitations,
    [services.plural]: serviceObjects,
    [namespaces.plural]: all.namespaces,
    [endpointSlices.plural]: slices,
    // only those of our own namespace are kept, and no others are written
    [secrets.plural]: all.secrets,
    [configMaps.plural]: all.configMaps,
  };
  return {
    caches,
    all: Object.values(all) as unknown as Reflector<never>[],
    beginWrite: (r, key) => written[r.plural]?.beginWrite(key),
  };
}

/** Keys of the mirrors that want this Service's name. */
export function mirrorsWanting(caches: LocalCaches, serviceKey: string): string[] {
  return caches.mirrors.by('local', serviceKey).map(keyOf);
}
