import { keyOfPort, portsThere } from '../mirror/shownports.js';
import { carries, type Backend } from '../mirror/view.js';

/**
 * The service ports that need an egress port to a backend: those of the local Service that travel through our gateways,
 * and those that have one already. Undefined: the mirror keeps its ports, because it is not known which ones it needs,
 * or because the backend is not accepted. Then nobody else gets its ports, although its status does not name them.
 */
export function neededPorts({
  view,
  source,
  notAccepted,
  limits,
}: Pick<Backend, 'view' | 'source' | 'notAccepted' | 'limits'>): readonly number[] | undefined {
  if (limits === undefined || notAccepted !== undefined) return undefined;
  if (limits.transport !== 'gateway') return [];
  if (source.kind !== 'live') return undefined;
  // its pods have mirrors of their own
  if (source.headless) return [];
  const there = portsThere(view);
  const needed = source.ports.filter(
    (port) =>
      carries(limits, port.protocol) && (view.gatewayPorts.has(port.port) || there.has(keyOfPort(port))),
  );
  return [...new Set(needed.map(({ port }) => port))];
}
