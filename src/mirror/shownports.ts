import { hasClusters } from '../api/backends.js';
import { maxMirroredPorts, type MirroredPort } from '../api/mirrorstatus.js';
import type { ServicePort } from '../api/objects.js';
import { isOwned } from './source.js';
import {
  carries,
  knownSource,
  mirroredPort,
  type Backend,
  type MirrorInput,
  type MirrorView,
} from './view.js';

/** The ports in a status, and the number of ports for which it has no space. */
export interface ShownPorts {
  readonly ports: readonly MirroredPort[];
  readonly left: number;
}

/** The mirrored ports of all backends. If the status cannot list all ports, those with an egress port come first. */
export function shownPorts({
  view,
  backends,
}: Pick<MirrorInput, 'view' | 'backends'>): ShownPorts | undefined {
  const lists = backends.map(portsOfBackend).filter((ports) => ports !== undefined);
  if (lists.length === 0) return undefined;
  const merged = new Map<string, MirroredPort>();
  for (const port of lists.flat()) merged.set(keyOfPort(port), { ...port, ...merged.get(keyOfPort(port)) });
  // with several clusters, the record of each backend says where its egress ports lead
  const isOne = !hasClusters(view.mirror);
  const all = isOne ? [...merged.values()] : [...merged.values()].map(withoutEgress);
  const left = all.length - maxMirroredPorts;
  if (left <= 0) return { ports: all, left: 0 };
  const room = maxMirroredPorts - all.filter(({ gatewayPort }) => gatewayPort !== undefined).length;
  let others = 0;
  return { ports: all.filter((port) => port.gatewayPort !== undefined || others++ < room), left };
}

/**
 * The mirrored ports of one backend: those of the local Service that the remote one also has. A port has an egress port
 * here only while the backend is accepted, because egress gateways lead it to the service in the same status.
 */
export function portsOfBackend({ view, source, limits, notAccepted }: Backend): MirroredPort[] | undefined {
  const known = knownSource(source);
  if (known === undefined) return undefined;
  const given = notAccepted === undefined && limits?.transport === 'gateway' ? view.gatewayPorts : none;
  const wanted = new Set(
    known.ports.filter((port) => limits === undefined || carries(limits, port.protocol)).map(keyOfPort),
  );
  return portsOfMirror(view)
    .filter((port) => wanted.has(keyOfPort(port)))
    .map((port) => mirroredPort(port, given.get(port.port)));
}

function withoutEgress({ gatewayPort: _gatewayPort, ...port }: MirroredPort): MirroredPort {
  return port;
}

const none: ReadonlyMap<number, number> = new Map();

/** The ports of the local Service, if the mirror owns it. */
export function portsThere(view: Pick<MirrorView, 'local' | 'mirror'>): ReadonlySet<string> {
  return new Set(portsOfMirror(view).map(keyOfPort));
}

/** The ports of the mirror's Service; none, if it does not own one. */
export function portsOfMirror({
  local,
  mirror,
}: Pick<MirrorView, 'local' | 'mirror'>): readonly ServicePort[] {
  return local !== undefined && isOwned(local, mirror) ? (local.spec.ports ?? []) : [];
}

/** The identity of a port in its Service. */
export function keyOfPort({ port, protocol = 'TCP' }: ServicePort): string {
  return `${port}/${protocol}`;
}
