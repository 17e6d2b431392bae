import assert from 'node:assert/strict';
import type { Link } from '../../src/api/link.js';
import { keys } from '../../src/api/names.js';
import type { EndpointSlice, KubeObject, Service } from '../../src/api/objects.js';
import {
  endpointSlices,
  keyOf,
  links,
  serviceMirrors,
  services,
  type Resource,
} from '../../src/api/resources.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';
import { isNotFound, type KubeClient } from '../../src/runtime/kube.js';
import { assertSays, type Says } from './conditions.js';
import { eventually } from './eventually.js';
import { asWritten, resourceOf } from './written.js';

/** One namespace of a cluster as a story acts in it and looks at it, with the rights of an administrator. */
export interface NamespaceDriver {
  readonly kube: KubeClient;
  readonly namespace: string;

  /** Applies objects as a user does; those of builders, which are in `default`, go to this namespace. */
  applies(...objects: Readonly<KubeObject>[]): Promise<void>;
  /** Creates objects, which costs an API server less than applying. */
  creates(...objects: Readonly<KubeObject>[]): Promise<void>;
  /** Changes fields of an object (RFC 7396), and returns it as it then was. */
  edits<T extends KubeObject>(resource: Resource<T>, name: string, patch: object): Promise<T>;
  deletes(resource: Resource, ...names: string[]): Promise<void>;

  /** Reads an object; rejects when there is none. */
  get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T>;
  /** All objects of a kind. */
  list<T extends KubeObject>(resource: Resource<T>): Promise<T[]>;
  isGone(resource: Resource, name: string): Promise<boolean>;
  service(name: string): Promise<Service>;
  /** All slices of a Service, by name. */
  slices(service: string): Promise<EndpointSlice[]>;
  /** Addresses of a Service's endpoints, those that are not ready in brackets, in order. */
  endpoints(service: string): Promise<string[]>;
  /** Reasons of the Events about an object, in order; one that came again stands there a second time. */
  events(about: Readonly<KubeObject>): Promise<string[]>;

  /** Waits until a Service has these endpoints, written as {@link endpoints} does. */
  hasEndpoints(service: string, ...wanted: string[]): Promise<void>;
  /** Waits until a mirror's conditions say all this, and returns it. */
  mirrorSays(name: string, ...wanted: Says[]): Promise<ServiceMirror>;
  /** Waits until a Link's conditions say all this, and returns it. */
  linkSays(name: string, ...wanted: Says[]): Promise<Link>;
  /** The same namespace, whose waits may last so long (ms). */
  within(ms: number): NamespaceDriver;
}

/** A namespace that is there already, through an administrator's client. */
export function namespaceOf(kube: KubeClient, namespace: string, patience = 20_000): NamespaceDriver {
  const keyIn = (resource: Resource, name: string) => (resource.namespaced ? `${namespace}/${name}` : name);
  const get = <T extends KubeObject>(resource: Resource<T>, name: string): Promise<T> =>
    kube.get(resource, keyIn(resource, name));
  const says = <T extends KubeObject>(resource: Resource<T>, name: string, wanted: readonly Says[]) =>
    eventually(async () => {
      const object = await get(resource, name);
      assertSays(object, wanted);
      return object;
    }, patience);
  const slices = async (service: string) => {
    const labelSelector = `${keys.serviceName}=${service}`;
    const { items } = await kube.list(endpointSlices, { namespace, labelSelector });
    return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  };

  const endpoints = async (service: string) => {
    const all = (await slices(service)).flatMap((slice) => slice.endpoints ?? []);
    return all.flatMap(({ addresses, conditions }) =>
      addresses.map((address) => (conditions?.ready === false ? `(${address})` : address)),
    );
  };

  const events = async (about: Readonly<KubeObject>) => {
    const path = `/apis/events.k8s.io/v1/namespaces/${about.metadata.namespace ?? 'default'}/events`;
    const { items } = (await kube.raw(path)) as { items: EventObject[] };
    return (
      items
        .filter(
          ({ regarding }) => regarding.kind === about.kind && keyOf({ metadata: regarding }) === keyOf(about),
        )
        // what happens again is counted in the Event that told of it first
        .flatMap(({ reason, eventTime, series }) => [
          { reason, at: eventTime },
          ...(series === undefined ? [] : [{ reason, at: series.lastObservedTime }]),
        ])
        .toSorted((a, b) => (a.at < b.at ? -1 : 1))
        .map(({ reason }) => reason)
    );
  };

  return {
    kube,
    namespace,
    async applies(...objects) {
      for (const object of objects) {
        const written = asWritten(object, namespace);
        await kube.apply(resourceOf(object), written, { fieldManager: kube.fieldManager });
      }
    },
    async creates(...objects) {
      for (const object of objects) await kube.create(resourceOf(object), asWritten(object, namespace));
    },
    edits: (resource, name, patch) => kube.mergePatch(resource, keyIn(resource, name), patch),
    async deletes(resource, ...names) {
      for (const name of names) await kube.remove(resource, keyIn(resource, name));
    },
    get,
    list: async (resource) => (await kube.list(resource, resource.namespaced ? { namespace } : {})).items,
    async isGone(resource, name) {
      try {
        await get(resource, name);
        return false;
      } catch (error) {
        if (isNotFound(error)) return true;
        throw error;
      }
    },
    service: (name) => get(services, name),
    slices,
    endpoints,
    events,
    hasEndpoints: (service, ...wanted) =>
      eventually(async () => assert.deepEqual(await endpoints(service), wanted), patience),
    mirrorSays: (name, ...wanted) => says(serviceMirrors, name, wanted),
    linkSays: (name, ...wanted) => says(links, name, wanted),
    within: (ms) => namespaceOf(kube, namespace, ms),
  };
}

interface EventObject {
  readonly eventTime: string;
  readonly series?: { readonly lastObservedTime: string };
  readonly reason: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly namespace?: string };
}
