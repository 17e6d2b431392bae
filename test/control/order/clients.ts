import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { keyOf, serviceMirrors, services as serviceKind } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, named, of, port } from '../../gen/gen.js';
import type { ClusterClient } from '../../driver/namespace.js';
import { asWritten } from '../../driver/written.js';
import { servicePort, type Backends } from './backends.js';
import type { OrderClusters } from './clusters.js';
import { dial } from './dial.js';
import { openDirectory, type Directory } from './directory.js';
import type { Dialled, Facts } from './ledger.js';

/** London's clients and Paris's services, with a memory of every dial and of who was who. */
export interface Clients {
  /** London, seen from their namespace. */
  readonly london: ClusterClient;
  readonly directory: Directory;
  readonly facts: Facts;
  readonly dials: readonly Dialled[];
  /** Looks a name up, dials what it leads to, and remembers the end. */
  call(name: string, phase: string): Promise<void>;
  /** Makes a service in Paris, which has a ready endpoint. */
  serve(name: string): Promise<void>;
  /** Deletes that service and makes it anew, which gives it another UID and most likely another ClusterIP. */
  remake(name: string): Promise<void>;
  /** Makes a mirror of that name for that service. */
  mirror(name: string, service: string): Promise<void>;
  unmirror(name: string): Promise<void>;
}

/** What every story is played on. */
export interface OrderStory {
  readonly cities: OrderClusters;
  readonly backends: Backends;
  /** Takes lines of progress. */
  readonly tell: (line: string) => void;
}

/** Opens clients in a namespace of their own. @param onReady called when a name comes to have a ready endpoint */
export async function openClients(
  { cities, backends }: OrderStory,
  options: { readonly namespace: string; readonly onReady?: (name: string) => void },
  signal: AbortSignal,
): Promise<Clients> {
  const { namespace, onReady } = options;
  const { london, paris } = await cities.place(namespace);
  const directory = await openDirectory(london.kube, { namespace, ...(onReady && { onReady }) }, signal);
  const dials: Dialled[] = [];
  const targets = new Map<string, string>();
  const writtenService = (name: string) => asWritten(aService(name, port(servicePort)), namespace);

  return {
    london,
    directory,
    dials,
    facts: {
      ...backends,
      targetOf: (mirror) => targets.get(mirror),
      first: (uid) => directory.first(uid),
      goneAt: (slice) => directory.goneAt(slice),
    },
    async call(name, phase) {
      const place = directory.lookUp(name);
      if (place === undefined) dials.push({ name, phase });
      else dials.push({ name, phase, place, end: await dial(place.address, place.port) });
    },
    async serve(name) {
      await paris.kube.create(serviceKind, writtenService(name));
      await paris.creates(aSlice(name, endpoint('10.9.0.1')));
    },
    async remake(name) {
      await paris.deletes(serviceKind, name);
      await paris.kube.create(serviceKind, writtenService(name));
    },
    async mirror(name, service) {
      const object = asWritten(aMirror(name, of('paris', `${namespace}/${service}`), named(name)), namespace);
      const made = await london.kube.create(serviceMirrors, object as ServiceMirror);
      targets.set(made.metadata.uid ?? '', keyOf({ metadata: { namespace, name: service } }));
    },
    async unmirror(name) {
      await london.kube.remove(serviceMirrors, keyOf({ metadata: { namespace, name } }));
    },
  };
}
