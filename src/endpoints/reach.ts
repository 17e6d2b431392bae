import type { Endpoint, EndpointSlice, ServicePort } from '../api/objects.js';
import type { Family } from './family.js';

/** An endpoint that stands for several ones that are alike, where another cluster counts its pods and does not list them. */
export interface CountedEndpoint extends Endpoint {
  /** @default 1 */
  readonly count?: number;
}

/** A port to which no connection is possible now. */
export interface ClosedPort {
  readonly port: ServicePort;
  readonly why: string;
  /** It has endpoints, and none of them serves: that may change. */
  readonly unready: boolean;
}

/** The endpoints of a service that a connection can reach. */
export interface Reach {
  /** Distinct endpoints that a connection made now may reach over one of the ports. */
  readonly ready: number;
  /** Those of them that are shutting down and serve until others are ready (KEP-1669). */
  readonly leaving: number;
  /** Distinct endpoints of any kind. */
  readonly total: number;
  /** Ports without an endpoint; empty if there is no endpoint at all. */
  readonly closed: readonly ClosedPort[];
}

/** The way in which a connection finds the endpoints. */
export interface Way {
  readonly ports: readonly ServicePort[];
  /** The families in which the service can be called. */
  readonly families: readonly Family[];
  /** Names lead to the addresses of pods: ports are irrelevant, and DNS leaves out endpoints that are shutting down. */
  readonly headless: boolean;
  /** A selector chooses its pods, so their slices follow from the ports of the pods. */
  readonly selects: boolean;
}

/**
 * Reads slices as kube-proxy does. An endpoint counts for a port only if its slice offers a port of that name and
 * protocol, in a usable family. If a port has no ready endpoint in a family, endpoints that still serve while they
 * terminate count. An absent `ready` means true (KEP-1672).
 */
export function reachOf(all: readonly Readonly<EndpointSlice>[], way: Way): Reach {
  const slices = all.map((slice) => readSlice(slice, way));
  const near = slices.filter(({ isNear }) => isNear);
  const ready = new Set(near.flatMap(({ endpoints, doors }) => (endpoints.some(isReady) ? doors : [])));
  const leaving = new Set(near.flatMap(({ endpoints, doors }) => (endpoints.some(isLeaving) ? doors : [])));
  const found = new Map<string, Found>();
  for (const { endpoints } of slices)
    for (const each of endpoints) found.set(idOf(each), { kind: 'none', count: each.count ?? 1 });
  for (const { endpoints, doors } of near) {
    if (doors.length === 0) continue;
    const isLast = !way.headless && doors.some((door) => !ready.has(door));
    for (const endpoint of endpoints) {
      const its = found.get(idOf(endpoint));
      if (its === undefined) continue;
      if (isReady(endpoint)) its.kind = 'ready';
      else if (isLast && isLeaving(endpoint) && its.kind === 'none') its.kind = 'leaving';
    }
  }
  const count = (...kinds: readonly Found['kind'][]) =>
    [...found.values()].reduce((sum, each) => sum + (kinds.includes(each.kind) ? each.count : 0), 0);
  const open = (port: ServicePort) =>
    way.families.some((family) => {
      const door = doorOf(family, port);
      return ready.has(door) || leaving.has(door);
    });
  const isTold = !way.headless && found.size > 0;
  return {
    ready: count('ready', 'leaving'),
    leaving: count('leaving'),
    total: count('none', 'ready', 'leaving'),
    closed: isTold
      ? way.ports.filter((port) => !open(port)).map((port) => closedPort(port, slices, way))
      : [],
  };
}

/** An endpoint by the best that any slice says of it. */
interface Found {
  kind: 'none' | 'leaving' | 'ready';
  readonly count: number;
}

interface Read {
  readonly slice: Readonly<EndpointSlice>;
  readonly endpoints: readonly CountedEndpoint[];
  /** Whether its family can be used. */
  readonly isNear: boolean;
  /** The wanted ports that it offers, each with its family: kube-proxy chooses endpoints for each of them. */
  readonly doors: readonly string[];
}

/** A slice with its endpoints, which are read once, because reading them may cost much. */
function readSlice(slice: Readonly<EndpointSlice>, { ports, families, headless }: Way): Read {
  const { addressType } = slice;
  const offered = ports.filter((port) => offers(slice, port)).map((port) => doorOf(addressType, port));
  return {
    slice,
    endpoints: slice.endpoints ?? [],
    isNear: families.some((family) => family === addressType),
    doors: headless ? [addressType] : offered,
  };
}

function doorOf(family: string, { name = '', protocol = 'TCP' }: ServicePort): string {
  return `${family}|${protocol}|${name}`;
}

function offers({ ports }: Readonly<EndpointSlice>, wanted: ServicePort): boolean {
  return (ports ?? []).some(
    ({ name, port, protocol }) =>
      (name ?? '') === (wanted.name ?? '') &&
      (protocol ?? 'TCP') === (wanted.protocol ?? 'TCP') &&
      // a port without a number means "all ports", and no port of a Service leads there
      typeof port === 'number',
  );
}

function closedPort(port: ServicePort, slices: readonly Read[], way: Way): ClosedPort {
  const offering = slices.filter(({ slice, endpoints }) => endpoints.length > 0 && offers(slice, port));
  if (offering.length === 0) return { port, why: notOffered(port, way), unready: false };
  return offering.some(({ isNear }) => isNear)
    ? { port, why: 'none of its endpoints is ready', unready: true }
    : { port, why: `none of its endpoints has an ${way.families.join(' or ')} address`, unready: false };
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

/** The message that nothing can be reached, with the reason. */
export function unreachable({ total, closed }: Pick<Reach, 'total' | 'closed'>): string {
  return closed.some(({ unready }) => !unready)
    ? closedWords(closed)
    : `none of the ${total} remote endpoints is ready`;
}

/** The message that names the closed ports and what to check. */
export function closedWords(closed: readonly ClosedPort[]): string {
  return closed.map(({ port, why }) => `port ${nameOf(port)}: ${why}`).join('; ');
}
