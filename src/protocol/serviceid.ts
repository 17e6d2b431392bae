import { createHash } from 'node:crypto';
import { meshDomain } from '../api/names.js';

/**
 * The version of the wire contract that this program speaks: how service IDs are computed, and what the peer channel says.
 * Both sides of a link must speak the same one. Version 2 took the transport protocol into the service ID.
 */
export const protocolVersion = 2;

/** What a service ID stands for; `hostname` is empty but for one pod of a headless service. */
export interface Identified {
  readonly namespace: string;
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  /** Transport protocol, as a Service's port has it. @default 'TCP' */
  readonly protocol?: string;
}

/**
 * The service ID of one port of a service, computed alike by both sides so that nothing has to be exchanged and no name
 * travels in clear: `s-` and the first 40 hex digits of SHA-256 over the parts, each preceded by its length in bytes
 * (four bytes, big-endian), so that no two lists of parts give the same input.
 */
export function serviceIdOf({ namespace, name, hostname = '', port, protocol = 'TCP' }: Identified): string {
  const hash = createHash('sha256');
  for (const part of [namespace, name, hostname, String(port), protocol]) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return `s-${hash.digest('hex').slice(0, 40)}`;
}

/** The TLS server name (RFC 6066) under which a service ID of that cluster is called. */
export function serverName(serviceId: string, cluster: string): string {
  return `${serviceId}.${meshDomain(cluster)}`;
}

/** The server name of the peer channel, on which an ingress gateway tells a peer what it may reach. */
export function peerChannelName(cluster: string): string {
  return serverName('gateway', cluster);
}
