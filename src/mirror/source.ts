import type { EndpointSlice, Service, ServicePort } from '../api/objects.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { MirrorView, Source } from './view.js';

/**
 * What is known of the remote service. Blind is not empty: only a synced cache may say `absent`; while nothing has been
 * seen since the start, the local Service and the mirror's own status are the memory.
 */
export function sourceOf(view: MirrorView): Source {
  const { remote } = view;
  if (remote?.synced === true)
    return remote.service === undefined ? { kind: 'absent' } : live(view, remote.service);
  return remembered(view);
}

function live(view: MirrorView, service: Readonly<Service>): Source {
  const slices = view.remote?.slices ?? [];
  return {
    kind: 'live',
    ports: selectPorts(service.spec.ports ?? [], view.mirror),
    headless: isHeadless(service),
    ...countEndpoints(slices),
    service,
    slices,
  };
}

function remembered({ mirror, local }: MirrorView): Source {
  const counted = mirror.status?.endpoints;
  if (local === undefined || counted === undefined || !isOwned(local, mirror)) return { kind: 'unknown' };
  return {
    kind: 'remembered',
    ports: local.spec.ports ?? [],
    headless: isHeadless(local),
    ready: counted.ready,
    total: counted.total,
    slices: [],
  };
}

/** A Service without a cluster IP. */
export function isHeadless(service: Readonly<Service>): boolean {
  return service.spec.clusterIP === 'None';
}

/** "Ours" is a controller reference to the live mirror's UID, never a label. */
export function isOwned(
  object: { metadata: { ownerReferences?: readonly { uid: string; controller?: boolean }[] } },
  owner: { metadata: { uid?: string } },
): boolean {
  return (
    object.metadata.ownerReferences?.some(
      (ref) => ref.controller === true && ref.uid === owner.metadata.uid,
    ) ?? false
  );
}

/** The remote ports that the mirror asks for; all of them when it names none. */
export function selectPorts(ports: readonly ServicePort[], mirror: Readonly<ServiceMirror>): ServicePort[] {
  const wanted = mirror.spec.ports;
  if (wanted === undefined || wanted.length === 0) return [...ports];
  return ports.filter((port) => wanted.some((want) => isMeant(want, port)));
}

/** Ports that the mirror asks for and the remote service does not have. */
export function missingPorts(
  ports: readonly ServicePort[],
  mirror: Readonly<ServiceMirror>,
): (string | number)[] {
  return (mirror.spec.ports ?? []).filter((want) => !ports.some((port) => isMeant(want, port)));
}

/** A number is the number of a port, a string its name: a port may be named "80". */
function isMeant(want: string | number, port: ServicePort): boolean {
  return typeof want === 'number' ? want === port.port : want === port.name;
}

/**
 * Distinct endpoints over all slices of a service, by their first address; ready unless the slice says otherwise
 * (KEP-1672: an absent `ready` means true).
 */
export function countEndpoints(slices: readonly Readonly<EndpointSlice>[]): { ready: number; total: number } {
  const readiness = new Map<string, boolean>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      const id = endpoint.targetRef?.uid ?? endpoint.addresses[0] ?? '';
      readiness.set(id, (readiness.get(id) ?? false) || endpoint.conditions?.ready !== false);
    }
  }
  return { ready: [...readiness.values()].filter(Boolean).length, total: readiness.size };
}
