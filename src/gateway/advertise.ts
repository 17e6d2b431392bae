import type { Service } from '../api/objects.js';
import { listen } from '../api/names.js';
import type { Address } from './model.js';

/**
 * Where this cluster's ingress gateway is reached from outside, as its Service says: what its load balancer was given,
 * and its external IPs.
 */
export function ingressAddresses(service: Readonly<Service> | undefined): Address[] {
  if (service === undefined) return [];
  const port = service.spec.ports?.[0]?.port ?? listen.ingress;
  const balanced = (service.status?.loadBalancer?.ingress ?? []).flatMap(
    ({ ip, hostname }) => ip ?? hostname ?? [],
  );
  const hosts = [...balanced, ...(service.spec.externalIPs ?? [])];
  return [...new Set(hosts)].toSorted().map((host) => ({ host, port }));
}
