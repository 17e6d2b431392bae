import { keys } from '../api/names.js';
import { pooledOf } from '../api/pooled.js';
import { shownPorts, type ShownInput } from './shownports.js';

/**
 * A remark when connections share no tunnels although the mirror's annotation asks for it. Egress gateways read the
 * annotation with the same function, and with the ports that the status will list.
 */
export function poolingRemark(input: ShownInput): string | undefined {
  const { metadata } = input.view.mirror;
  // of 10,000 mirrors hardly any has the annotation
  if (metadata.annotations?.[keys.pooledPorts] === undefined) return undefined;
  const { transport } = input.limits ?? {};
  if (transport !== 'gateway') return `nothing is pooled: transport ${transport} has no egress gateway`;
  return pooledOf({ metadata, status: { ports: [...(shownPorts(input)?.ports ?? [])] } }).problem;
}
