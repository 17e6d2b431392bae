import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { keyOf, serviceMirrors, services } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, named, of, port } from '../../gen/gen.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import { openStream, type Destination } from '../../driver/traffic.js';
import { asWritten } from '../../driver/written.js';
import { servicePort, type Backends } from './backends.js';
import type { OrderClusters } from './clusters.js';
import { openDirectory, type Directory } from './directory.js';
import type { Dialled, End, Facts } from './ledger.js';

/** London's clients and Paris's services, with a memory of every dial and of who was who. */
export interface Clients {
  /** London, seen from their namespace. */
  readonly london: NamespaceDriver;
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
  readonly clusters: OrderClusters;
  readonly backends: Backends;
  /** Takes lines of progress. */
  readonly tell: (line: string) => void;
}

/** Opens clients in a namespace of their own. @param onReady called when a name comes to have a ready endpoint */
export async function openClients(
  { clusters, backends }: OrderStory,
  options: { readonly namespace: string; readonly onReady?: (name: string) => void },
  signal: AbortSignal,
): Promise<Clients> {
  const { namespace, onReady } = options;
  const { london, paris } = await clusters.namespace(namespace);
  const directory = await openDirectory(london.kube, { namespace, ...(onReady && { onReady }) }, signal);
  const dials: Dialled[] = [];
  const targets = new Map<string, string>();

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
      else dials.push({ name, phase, place, end: await dial(place.destination) });
    },
    async serve(name) {
      await paris.creates(aService(name, port(servicePort)), aSlice(name, endpoint('10.9.0.1')));
    },
    async remake(name) {
      await paris.deletes(services, name);
      await paris.creates(aService(name, port(servicePort)));
    },
    async mirror(name, service) {
      const object = asWritten(aMirror(name, of('paris', `${namespace}/${service}`), named(name)), namespace);
      const made = await london.kube.create(serviceMirrors, object as ServiceMirror);
      targets.set(made.metadata.uid ?? '', keyOf({ metadata: { namespace, name: service } }));
    },
    async unmirror(name) {
      await london.deletes(serviceMirrors, name);
    },
  };
}

/** Connects, and reads the line that tells who has answered. */
function dial(destination: Destination): Promise<End> {
  return openStream(destination).then(
    (stream): End => {
      stream.close();
      return { kind: 'answered', uid: stream.said };
    },
    (error: Error): End => ({ kind: 'refused', why: error.message }),
  );
}
