import { isSameService } from '../api/backends.js';
import type { EndpointSlice, Service, ServicePort } from '../api/objects.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { familiesOf, familyOf, type Family } from '../endpoints/family.js';
import { reachOf } from '../endpoints/reach.js';
import { carries, mayTellOf, type BackendView, type RemoteSource, type TransportLimits } from './view.js';

/**
 * What is known of the remote service. Blind is not empty: only a synced cache may say `absent`. As long as nothing
 * has been seen since the start, the local Service and the mirror's own status say what was known before.
 */
export function sourceOf(view: BackendView, limits?: TransportLimits): RemoteSource {
  const { remote } = view;
  if (remote?.synced === true)
    return remote.service === undefined ? { kind: 'absent' } : live(view, remote.service, limits);
  return remembered(view);
}

/** What a source was concluded from, beside the spec of the mirror. */
interface Basis {
  readonly service: Readonly<Service>;
  readonly hostname: string | undefined;
  readonly limits: TransportLimits | undefined;
  readonly all: readonly Readonly<EndpointSlice>[];
}

/** The last conclusion for each spec, which goes with its mirror: gateways and statuses change more often than Services. */
const concluded = new WeakMap<
  ServiceMirror['spec'],
  { readonly basis: Basis; readonly source: RemoteSource }
>();

function live(
  view: BackendView,
  service: Readonly<Service>,
  limits: TransportLimits | undefined,
): RemoteSource {
  const { hostname } = view.backend;
  const all = view.remote?.slices ?? [];
  const basis: Basis = { service, hostname, limits, all };
  const before = concluded.get(view.mirror.spec);
  if (before !== undefined && isSame(before.basis, basis)) return before.source;
  const slices = hostname === undefined ? all : all.map((slice) => onlyOf(hostname, slice));
  const ports = selectPorts(service.spec.ports ?? [], view.mirror);
  // one pod of it has a ClusterIP here, and is called by its ports
  const headless = isHeadless(service) && hostname === undefined;
  const reach = reachOf(slices, {
    ports: limits === undefined ? ports : ports.filter(({ protocol }) => carries(limits, protocol)),
    families: familiesCalled(service, limits),
    headless,
    selects: Object.keys(service.spec.selector ?? {}).length > 0,
  });
  const source: RemoteSource = { kind: 'live', ports, headless, ...reach, service, slices };
  concluded.set(view.mirror.spec, { basis, source });
  return source;
}

function isSame(a: Basis, b: Basis): boolean {
  const alike = a.service === b.service && a.hostname === b.hostname && a.limits === b.limits;
  return alike && a.all.length === b.all.length && a.all.every((slice, at) => slice === b.all[at]);
}

/** The endpoints of a slice that have that host name; a slice holds them as text, which costs time to read. */
function onlyOf(hostname: string, slice: Readonly<EndpointSlice>): EndpointSlice {
  const endpoints = slice.endpoints?.filter((endpoint) => endpoint.hostname === hostname) ?? [];
  const { apiVersion, kind, metadata, addressType, ports } = slice;
  return { apiVersion, kind, metadata, addressType, endpoints, ...(ports !== undefined && { ports }) };
}

/** The families in which the service is called in its own cluster: our gateway there dials its first address. */
function familiesCalled(service: Readonly<Service>, limits: TransportLimits | undefined): readonly Family[] {
  const families = familiesOf(service);
  const { clusterIP } = service.spec;
  const dialled = clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None';
  return limits?.transport === 'gateway' && dialled ? [familyOf(clusterIP)] : families;
}

function remembered({ mirror, local, backend }: BackendView): RemoteSource {
  // the status may be from before the spec came to name several clusters, or one
  const { backends, endpoints } = mirror.status ?? {};
  const counted = backends === undefined ? endpoints : backends.find((one) => isSameService(one, backend));
  if (local === undefined || counted === undefined || !isOwned(local, mirror)) return { kind: 'unknown' };
  // the status is about another service, which the mirror named before
  if (!mayTellOf(mirror, backend)) return { kind: 'unknown' };
  return {
    kind: 'remembered',
    ports: local.spec.ports ?? [],
    headless: isHeadless(local),
    ready: counted.ready ?? 0,
    total: counted.total ?? 0,
    leaving: 0,
    closed: [],
    slices: [],
  };
}

/** A Service without a cluster IP. */
export function isHeadless(service: Readonly<Service>): boolean {
  return service.spec.clusterIP === 'None';
}

/** An object is ours if its controller reference has the UID of the live mirror, never by a label. */
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

/** The remote ports that the mirror wants; all of them when it names none. */
export function selectPorts(ports: readonly ServicePort[], mirror: Readonly<ServiceMirror>): ServicePort[] {
  const wanted = mirror.spec.ports;
  if (wanted === undefined || wanted.length === 0) return [...ports];
  return ports.filter((port) => wanted.some((want) => isMeant(want, port)));
}

/** Ports that the mirror wants and the remote service does not have. */
export function missingPorts(
  ports: readonly ServicePort[],
  mirror: Readonly<ServiceMirror>,
): (string | number)[] {
  return (mirror.spec.ports ?? []).filter((want) => !ports.some((port) => isMeant(want, port)));
}

/** A number is the number of a port and a string its name, because a port may be named "80". */
function isMeant(want: string | number, port: ServicePort): boolean {
  return typeof want === 'number' ? want === port.port : want === port.name;
}
