import type { EndpointSlice, LabelSelector, Service } from '../../api/objects.js';
import { keyOf, serviceOfSlice } from '../../api/resources.js';
import { maxCatalogServices, type CatalogService } from '../../protocol/catalog.js';
import { WrongAnswerError } from '../../net/probe/failure.js';
import type { Budget } from '../../runtime/budget.js';
import { createStore } from '../../runtime/cache.js';
import type { Log } from '../../runtime/log.js';
import { matches } from '../../runtime/selector.js';
import { objectsOf, type CatalogObjects } from './catalogobjects.js';
import { weigh } from './reduced.js';
import type { RemoteChange } from './remote.js';

/** Which services of a catalog are kept. */
export interface CatalogScope {
  readonly selector?: LabelSelector;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** The required UID of the cluster; absent: the first one found is taken. */
  readonly pinnedUid?: string;
  /** `false`: only who the peer is, and no service. @default true */
  readonly services?: boolean;
}

/** The kept services of a catalog, as objects of Kubernetes. */
export interface CatalogCache {
  service(key: string): Readonly<Service> | undefined;
  slices(key: string): readonly Readonly<EndpointSlice>[];
  /** Keys of the services. @param namespace only of that one */
  keys(namespace?: string): string[];
  /**
   * Collects what is told until it is a whole, which is told in one piece.
   *
   * @param whole it replaces everything, so that what is not told of is gone
   */
  begin(whole: boolean): Collection;
}

/** What was told since the last version. */
export interface Collection {
  /** @param bytes length of its line */
  tell(service: CatalogService, bytes: number): void;
  gone(key: string): void;
  /** Puts it into the cache; only real differences are changes. */
  take(): void;
}

/** Most bytes between two versions; 10,000 services with the labels that people write have a sixth of that. */
export const largestCollection = 32 << 20;

/** Makes an empty cache. */
export function createCatalogCache(
  scope: Omit<CatalogScope, 'pinnedUid'>,
  options: { budget: Budget; log: Log; onChange: (change: RemoteChange) => void },
): CatalogCache {
  const { budget, log, onChange } = options;
  const account = budget.account();
  const onError = (error: unknown) => log.error('a change of a catalog failed', { error });
  const services = createStore<Service>({
    indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
    onError,
  });
  const slices = createStore<EndpointSlice>({
    indexes: { service: (slice) => [serviceOfSlice(slice)] },
    onError,
  });
  services.onChange(({ object }) => onChange({ kind: 'service', part: 'service', key: keyOf(object) }));
  slices.onChange(({ object }) =>
    onChange({ kind: 'service', part: 'endpoints', key: serviceOfSlice(object) }),
  );

  const isKept = ({ namespace, labels }: CatalogService) =>
    scope.services !== false &&
    (scope.namespaces.length === 0 || scope.namespaces.includes(namespace)) &&
    (scope.selector === undefined || matches(scope.selector, labels));

  const weightOf = (key: string) => {
    const service = services.get(key);
    return service === undefined ? 0 : weightOfAll({ service, slices: slices.by('service', key) });
  };

  function replace(told: ReadonlyMap<string, CatalogObjects | undefined>): void {
    const all = [...told.values()].filter((objects) => objects !== undefined);
    account.hold(all.reduce((sum, objects) => sum + weightOfAll(objects), 0));
    services.replace(all.map(({ service }) => service));
    slices.replace(all.flatMap((objects) => objects.slices));
  }

  function change(told: ReadonlyMap<string, CatalogObjects | undefined>): void {
    let held = account.held;
    let size = services.size;
    for (const [key, objects] of told) {
      const before = services.get(key);
      held += weightOfAll(objects) - weightOf(key);
      size += (objects === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    }
    if (size > maxCatalogServices) throw tooMany();
    account.hold(held);
    for (const [key, objects] of told) {
      const before = services.get(key);
      if (objects !== undefined) services.put(objects.service);
      else if (before !== undefined) services.drop(before);
      if (objects === undefined) for (const slice of slices.by('service', key)) slices.drop(slice);
      // every service has as many slices, by the same names
      else for (const slice of objects.slices) slices.put(slice);
    }
  }

  return {
    service: (key) => services.get(key),
    slices: (key) => slices.by('service', key),
    keys: (namespace) =>
      (namespace === undefined ? services.list() : services.by('namespace', namespace)).map(keyOf),
    begin(whole) {
      const told = new Map<string, CatalogObjects | undefined>();
      let bytes = 0;
      let weight = 0;
      const note = (key: string, objects: CatalogObjects | undefined, more: number) => {
        weight += weightOfAll(objects) - weightOfAll(told.get(key));
        told.set(key, objects);
        bytes += more;
        // what is collected takes memory already
        account.check(weight);
        // what is gone is told of once at most, too
        if (told.size > maxCatalogServices * (whole ? 1 : 2)) throw tooMany();
        if (bytes > largestCollection)
          throw new WrongAnswerError(`the catalog has more than ${largestCollection} bytes at once`);
      };
      return {
        tell(service, length) {
          const key = `${service.namespace}/${service.name}`;
          note(key, isKept(service) ? objectsOf(service) : undefined, length);
        },
        gone: (key) => note(key, undefined, key.length),
        take: () => (whole ? replace(told) : change(told)),
      };
    },
  };
}

function weightOfAll(
  objects:
    { readonly service: Readonly<Service>; readonly slices: readonly Readonly<EndpointSlice>[] } | undefined,
): number {
  if (objects === undefined) return 0;
  return [objects.service, ...objects.slices].reduce((sum, object) => sum + weigh(object), 0);
}

function tooMany(): WrongAnswerError {
  return new WrongAnswerError(`the catalog has more than ${maxCatalogServices} services`);
}
