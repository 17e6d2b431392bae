import type { RemoteService } from '../../api/backends.js';
import { importsOfSpec } from '../../api/link.js';
import { keyOf } from '../../api/resources.js';
import { keys as names } from '../../api/names.js';
import type { Service } from '../../api/objects.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { federatedKey, indexOf, localServiceOf, sourceOf, type LocalCaches } from '../caches.js';

/** What is seen of remote clusters, and of the names that are taken here. */
export interface ImportSources {
  /** The Services that are seen in that Link's cluster, as `namespace/name`. @param namespace only of that one */
  readonly remoteServices: (link: string, namespace?: string) => readonly string[];
  /** Keys of remote Services whose automatic mirrors wait for the name of that mirror or Service. */
  readonly waitingFor: (name: string) => readonly string[];
  /** Keys of remote Services of that Link that should have an automatic mirror and have none. */
  readonly unmadeOf: (link: string) => readonly string[];
}

/** Which automatic mirrors a change concerns, as keys of their queue: each is a remote Service. */
export interface ImportKeys {
  /** That Service, if its Link imports automatically. */
  ofService(link: string, key: string): string[];
  /** All that a Link has, or should have. */
  ofLink(link: string): Iterable<string>;
  /** All whose place is that namespace. */
  ofNamespace(namespace: string): string[];
  /** What a local Service is a member of, or was before. */
  ofLocal(service: Readonly<Service>, previous: Readonly<Service> | undefined): string[];
  /** That mirror itself, and those that want its name. */
  beside(mirror: Readonly<ServiceMirror>, previous: Readonly<ServiceMirror> | undefined): Iterable<string>;
  /** All that there are, those of Links that are gone, too. */
  made(): string[];
}

/** Reads the caches anew each time. */
export function createImportKeys(
  caches: Pick<LocalCaches, 'mirrors' | 'links'>,
  { remoteServices, waitingFor, unmadeOf }: ImportSources,
): ImportKeys {
  /** A Service may have a mirror of its own, and be a member of a federated one. */
  const named = (link: string, services: () => readonly string[]): string[] => {
    const { automatic = false, federated } = importsOfSpec(caches.links.get(link)) ?? {};
    const prefixes = [...(automatic ? [`${link}|`] : []), ...(federated === undefined ? [] : ['|'])];
    if (prefixes.length === 0) return [];
    return services().flatMap((key) => prefixes.map((prefix) => `${prefix}${key}`));
  };
  const wanted = (link: string, namespace?: string) => named(link, () => remoteServices(link, namespace));
  return {
    ofService: (link, key) => named(link, () => [key]),
    ofLink: (link) =>
      new Set([
        ...wanted(link),
        ...unmadeOf(link),
        ...keysOf(caches.mirrors.by('automatic', link)),
        ...caches.mirrors.by('link', link).flatMap(federatedKey),
      ]),
    ofLocal: (service, previous) =>
      [service, previous].some((one) => one?.metadata.labels?.[names.federated] !== undefined)
        ? [`|${keyOf(service)}`]
        : [],
    ofNamespace: (namespace) =>
      caches.links.list().flatMap(({ metadata }) => wanted(metadata.name, namespace)),
    beside(mirror, previous) {
      const name = localServiceOf(mirror);
      const same = [
        mirror,
        ...(previous === undefined ? [] : [previous]),
        ...caches.mirrors.by('local', name),
      ];
      const own = [...keysOf(same), ...same.flatMap(federatedKey)];
      return new Set([...own, ...waitingFor(name), ...waitingFor(keyOf(mirror))]);
    },
    made: () => [
      ...keysOf(caches.mirrors.list()),
      ...caches.mirrors.by('federated', '').flatMap(federatedKey),
    ],
  };
}

/** The keys of those of them that are automatic. */
export function keysOf(mirrors: readonly Readonly<ServiceMirror>[]): string[] {
  return mirrors.flatMap(sourceOf).map(indexOf.remoteService);
}

/** The remote Service of a key; without a Link, all of that name. */
export function remoteOf(key: string): RemoteService {
  const [cluster = '', service = ''] = key.split('|');
  const [namespace = '', name = ''] = service.split('/');
  return { cluster, namespace, name };
}
