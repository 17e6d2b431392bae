import type { Service } from '../api/objects.js';

/** An address family of Kubernetes (IPv4/IPv6 dual-stack, KEP-563). */
export type Family = 'IPv4' | 'IPv6';

/** Both, in the order in which they are shown. */
export const bothFamilies: readonly Family[] = ['IPv4', 'IPv6'];

/** The family of an IP. */
export function familyOf(ip: string): Family {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}

/** The families of a Service, the first one first; both when it names none, as a headless Service may. */
export function familiesOf({ spec }: Readonly<Service>): readonly Family[] {
  if (spec.clusterIP === 'None') return bothFamilies;
  const said = (spec.ipFamilies ?? []).filter((family) => family === 'IPv4' || family === 'IPv6');
  if (said.length > 0) return said;
  const { clusterIPs = spec.clusterIP === undefined ? [] : [spec.clusterIP] } = spec;
  const given = [...new Set(clusterIPs.filter((ip) => ip !== '').map(familyOf))];
  return given.length > 0 ? given : bothFamilies;
}
