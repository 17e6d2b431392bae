import { keys } from '../api/names.js';
import { pooledOf } from '../api/pooled.js';
import { shownPorts } from './shownports.js';
import type { Backend } from './view.js';

/**
 * A remark when connections share no tunnels although the mirror's annotation asks for it. Egress gateways read the
 * annotation with the same function, and with the ports that the status will list.
 */
export function poolingRemark(backend: Backend): string | undefined {
  const { metadata } = backend.view.mirror;
  // of 10,000 mirrors hardly any has the annotation
  if (metadata.annotations?.[keys.pooledPorts] === undefined) return undefined;
  const { transport } = backend.limits ?? {};
  if (transport !== 'gateway') return `nothing is pooled: transport ${transport} has no egress gateway`;
  const { ports = [] } = shownPorts({ view: backend.view, backends: [backend] }) ?? {};
  return pooledOf({ metadata, status: { ports: [...ports] } }).problem;
}
