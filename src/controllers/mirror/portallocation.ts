import { neededPorts } from '../../transport/neededports.js';
import type { MirrorInput } from './gather.js';
import type { PortReservations } from './portreservations.js';

/**
 * Port allocation, the step between what was gathered and the status that names the ports: gives a mirror the egress ports
 * that it needs and frees those that it needs no more. Resolves to why some have none; undefined: none lacks one.
 */
export async function allocatePorts(
  input: MirrorInput,
  reservations: PortReservations,
): Promise<string | undefined> {
  const needed = neededPorts(input);
  if (needed === undefined) return undefined;
  const { mirror, gatewayPorts } = input.view;
  if (needed.length === 0 && gatewayPorts.size === 0) return undefined;
  const { ports, exhausted } = await reservations.claim(mirror, needed);
  if (exhausted === undefined) return undefined;
  const lacking = needed.filter((port) => !ports.has(port)).length;
  if (lacking === 0) return undefined;
  return `${lacking} of ${needed.length} ports have no egress port: ${exhausted}`;
}
