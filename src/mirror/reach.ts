import type { Endpoint, EndpointSlice, ServicePort } from '../api/objects.js';
import type { Family } from './family.js';

/** A port to which no connection can be made now. */
export interface ClosedPort {
  readonly port: ServicePort;
  readonly why: string;
  /** It has endpoints, and none of them serves: that may pass. */
  readonly unready: boolean;
}

/** Which endpoints of a service a connection can reach. */
export interface Reach {
  /** Distinct endpoints that a connection made now may reach over one of the ports. */
  readonly ready: number;
  /** Those among them that are shutting down and serve until others are ready (KEP-1669). */
  readonly leaving: number;
  /** Distinct endpoints of any kind. */
  readonly total: number;
  /** Ports without an endpoint; none are named where there is no endpoint at all. */
  readonly closed: readonly ClosedPort[];
}

/** Through what a connection finds the endpoints. */
export interface Way {
  readonly ports: readonly ServicePort[];
  /** The families in which the service can be called. */
  readonly families: readonly Family[];
  /** Names lead to the addresses of pods: ports play no part, and DNS leaves out what is shutting down. */
  readonly headless: boolean;
  /** Its pods are chosen by a selector, so that their slices follow from the ports of pods. */
  readonly selects: boolean;
}

type Slices = readonly Readonly<EndpointSlice>[];

/**
 * Reads slices as kube-proxy does. An endpoint counts for a port only where its slice offers a port of that name and
 * protocol, in a family that can be used. Where a port has no ready endpoint in a family, those that still serve while
 * they terminate count. An absent `ready` means true (KEP-1672).
 */
export function reachOf(slices: Slices, way: Way): Reach {
  const usable = slices.filter(({ addressType }) => way.families.some((family) => family === addressType));
  const offers = usable.map((slice) => ({ slice, doors: doorsOf(slice, way) }));
  const served = new Set<string>();
  const fallback = new Set<string>();
  for (const { slice, doors } of offers) {
    const endpoints = slice.endpoints ?? [];
    if (endpoints.some(isReady)) for (const door of doors) served.add(door);
    else if (!way.headless && endpoints.some(isLeaving)) for (const door of doors) fallback.add(door);
  }
  const found = new Map<string, 'none' | 'leaving' | 'ready'>();
  for (const { endpoints } of slices) for (const each of endpoints ?? []) found.set(idOf(each), 'none');
  for (const { slice, doors } of offers) {
    if (doors.length === 0) continue;
    const isLast = !way.headless && doors.some((door) => !served.has(door));
    for (const endpoint of slice.endpoints ?? []) {
      const id = idOf(endpoint);
      if (isReady(endpoint)) found.set(id, 'ready');
      else if (isLast && isLeaving(endpoint) && found.get(id) === 'none') found.set(id, 'leaving');
    }
  }
  const kinds = [...found.values()];
  const leaving = kinds.filter((kind) => kind === 'leaving').length;
  return {
    ready: kinds.filter((kind) => kind !== 'none').length,
    leaving,
    total: found.size,
    closed:
      way.headless || found.size === 0 ? [] : closedPorts(slices, way, new Set([...served, ...fallback])),
  };
}

/** The ports of the way that a slice offers, each with the slice's family: kube-proxy chooses for each of them. */
function doorsOf(slice: Readonly<EndpointSlice>, { ports, headless }: Way): string[] {
  if (headless) return [slice.addressType];
  return ports.filter((port) => offers(slice, port)).map((port) => doorOf(slice.addressType, port));
}

function doorOf(family: string, { name = '', protocol = 'TCP' }: ServicePort): string {
  return `${family}|${protocol}|${name}`;
}

function offers({ ports }: Readonly<EndpointSlice>, wanted: ServicePort): boolean {
  return (ports ?? []).some(
    ({ name, port, protocol }) =>
      (name ?? '') === (wanted.name ?? '') &&
      (protocol ?? 'TCP') === (wanted.protocol ?? 'TCP') &&
      // without a number it means "all ports", which no Service port leads to
      typeof port === 'number',
  );
}

function closedPorts(slices: Slices, way: Way, open: ReadonlySet<string>): ClosedPort[] {
  const { families } = way;
  const isNear = ({ addressType }: Readonly<EndpointSlice>) =>
    families.some((family) => family === addressType);
  return way.ports
    .filter((port) => !families.some((family) => open.has(doorOf(family, port))))
    .map((port) => {
      const offering = slices.filter((slice) => (slice.endpoints ?? []).length > 0 && offers(slice, port));
      if (offering.length === 0) return { port, why: notOffered(port, way), unready: false };
      return offering.some(isNear)
        ? { port, why: 'none of its endpoints is ready', unready: true }
        : { port, why: `none of its endpoints has an ${families.join(' or ')} address`, unready: false };
    });
}

function notOffered(
  { name, port, protocol = 'TCP', targetPort = port }: ServicePort,
  { selects }: Way,
): string {
  if (selects) return `no pod offers targetPort ${targetPort}`;
  const called = name === undefined || name === '' ? 'without a name' : `named "${name}"`;
  return `no EndpointSlice of the remote service has a ${protocol} port ${called}`;
}

function isReady({ conditions }: Readonly<Endpoint>): boolean {
  return conditions?.ready !== false;
}

function isLeaving({ conditions }: Readonly<Endpoint>): boolean {
  return conditions?.serving === true && conditions.terminating === true;
}

/** A pod with two families is one endpoint. */
function idOf({ targetRef, addresses }: Readonly<Endpoint>): string {
  return targetRef?.uid ?? addresses[0] ?? '';
}

function nameOf({ name, port }: ServicePort): string {
  return name === undefined || name === '' ? String(port) : name;
}

/** Says that nothing can be reached, and why. */
export function unreachable({ total, closed }: Pick<Reach, 'total' | 'closed'>): string {
  return closed.some(({ unready }) => !unready)
    ? closedWords(closed)
    : `none of the ${total} remote endpoints is ready`;
}

/** Says which ports are closed, and what to look at. */
export function closedWords(closed: readonly ClosedPort[]): string {
  return closed.map(({ port, why }) => `port ${nameOf(port)}: ${why}`).join('; ');
}
