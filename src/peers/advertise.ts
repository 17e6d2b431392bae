import { isIP } from 'node:net';
import { listen } from '../api/names.js';
import type { Node, Service } from '../api/objects.js';
import { maxAddresses } from '../protocol/identity.js';
import type { Address } from '../net/address.js';

/** The input for the addresses of an ingress gateway. */
export interface AdvertiseInput {
  /** The gateway's Service, if there is one. */
  readonly service: Readonly<Service> | undefined;
  /** All nodes; used only if {@link needsNodes} says so. */
  readonly nodes: readonly Readonly<Node>[];
}

/** Whether a Service is reached through the addresses of nodes. */
export function needsNodes(service: Readonly<Service> | undefined): boolean {
  return service?.spec.type === 'NodePort';
}

/**
 * The addresses of this cluster's ingress gateway for peers, out of its Service: those of its load balancer, its
 * external IPs, and, for type NodePort, those of the ready nodes, or of all nodes when none is ready. Peers find out
 * which of them answer. The same input gives the same list, of at most {@link maxAddresses}, nodes last.
 */
export function ingressAddresses({ service, nodes }: AdvertiseInput): Address[] {
  if (service === undefined) return [];
  const { ports = [], externalIPs = [] } = service.spec;
  const { port = listen.ingress, nodePort } = ports.find(({ name }) => name === 'gateway') ?? ports[0] ?? {};
  const balanced = (service.status?.loadBalancer?.ingress ?? []).flatMap(
    ({ ip, hostname }) => ip ?? hostname ?? [],
  );
  const own = ordered([...balanced, ...externalIPs]).map((host) => ({ host, port }));
  const ready = nodes.filter(isReady);
  const reached = needsNodes(service) && nodePort !== undefined ? (ready.length > 0 ? ready : nodes) : [];
  const served = (ip: string) => service.spec.ipFamilies?.includes(isIP(ip) === 6 ? 'IPv6' : 'IPv4') ?? true;
  const hosts = ordered(reached.flatMap(addressesOf).filter(served));
  return [...own, ...hosts.map((host) => ({ host, port: nodePort! }))].slice(0, maxAddresses);
}

function ordered(hosts: readonly string[]): string[] {
  return [...new Set(hosts)].toSorted();
}

/** A cordoned node still takes traffic; a node that is being deleted does not for long. */
function isReady({ metadata, status }: Readonly<Node>): boolean {
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return metadata.deletionTimestamp === undefined && ready === true;
}

/** A node without an external IP is assumed to be in the network of the peers. */
function addressesOf({ status }: Readonly<Node>): string[] {
  const of = (wanted: string) =>
    (status?.addresses ?? []).flatMap(({ type, address }) =>
      type === wanted && isIP(address) !== 0 ? [address] : [],
    );
  const external = of('ExternalIP');
  return external.length > 0 ? external : of('InternalIP');
}
