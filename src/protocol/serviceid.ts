import { createHash } from 'node:crypto';
import { meshDomain } from '../api/names.js';

/**
 * The version of the wire contract of this program: how service IDs are computed, and the format of the peer channel.
 * Both sides of a link must speak the same version. Version 2 added the transport protocol to the service ID.
 */
export const protocolVersion = 2;

/** The parts of a service ID; `hostname` is empty, except for one pod of a headless service. */
export interface ServicePortId {
  readonly namespace: string;
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  /** Transport protocol, as a Service's port has it. @default 'TCP' */
  readonly protocol?: string;
}

/**
 * The service ID of one port of a service. Both sides compute it, so nothing has to be exchanged and no name travels
 * in clear. It is `s-` and the first 40 hex digits of SHA-256 over the parts. The length of each part in bytes (four
 * bytes, big-endian) precedes it, so that no two lists of parts give the same input.
 */
export function serviceIdOf({
  namespace,
  name,
  hostname = '',
  port,
  protocol = 'TCP',
}: ServicePortId): string {
  const hash = createHash('sha256');
  for (const part of [namespace, name, hostname, String(port), protocol]) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return `s-${hash.digest('hex').slice(0, 40)}`;
}

/** The TLS server name (RFC 6066) of a service ID in that cluster. */
export function serverName(serviceId: string, cluster: string): string {
  return `${serviceId}.${meshDomain(cluster)}`;
}

/** The service ID of a server name in that cluster, the reverse of {@link serverName}; undefined for other names. */
export function serviceIdIn(name: string, cluster: string): string | undefined {
  const rest = serverName('', cluster);
  return name.endsWith(rest) ? name.slice(0, -rest.length) : undefined;
}

/** The server name of the peer channel, on which an ingress gateway reports to a peer what it may reach. */
export function peerChannelName(cluster: string): string {
  return serverName('gateway', cluster);
}

/** The server name of a control connection that a gateway of that cluster has dialled; no ingress gateway serves it. */
export function dialName(cluster: string): string {
  return serverName('dial', cluster);
}
