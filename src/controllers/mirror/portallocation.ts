import type { MirrorInput } from '../../mirror/view.js';
import { neededPorts } from '../../transport/neededports.js';
import type { PortReservations } from './portreservations.js';

/**
 * Port allocation, the step between gathering and the status that names the ports: gives a mirror the egress ports
 * that it needs, and frees those that it no longer needs.
 *
 * @returns why some ports have none, by cluster of the backend that they should lead to; empty: none lacks one
 */
export async function allocatePorts(
  { view: { mirror }, backends }: MirrorInput,
  reservations: PortReservations,
): Promise<ReadonlyMap<string, string>> {
  const needs = backends.map((backend) => ({ ...backend.view, needed: neededPorts(backend) }));
  const isIdle = needs.every(({ needed, gatewayPorts }) => needed?.length === 0 && gatewayPorts.size === 0);
  if (isIdle || needs.every(({ needed }) => needed === undefined)) return new Map();
  const wanted = needs.map(({ backend, needed, gatewayPorts }) => ({
    backend,
    ports: needed ?? [...gatewayPorts.keys()],
  }));
  const claims = await reservations.claim(mirror, wanted);
  return new Map(
    wanted.flatMap(({ backend, ports }, at): [string, string][] => {
      const { ports: given, exhausted } = claims[at] ?? {};
      const lacking = ports.filter((port) => given?.has(port) !== true).length;
      if (exhausted === undefined || lacking === 0) return [];
      return [[backend.cluster, `${lacking} of ${ports.length} ports have no egress port: ${exhausted}`]];
    }),
  );
}
