import type { Service, ServicePort } from '../api/objects.js';
import { familiesOf, type Family } from '../endpoints/family.js';
import { isHeadless } from './source.js';
import { carries, type KnownSource, type TransportLimits } from './view.js';

/** The spec of a Service to write: `null` means that a field must be absent. */
export type DesiredSpec = { [K in keyof Service['spec']]: Service['spec'][K] | null };

/** The input of the spec of a mirror's Service. */
export interface SpecInput {
  readonly source: KnownSource;
  readonly limits: TransportLimits;
  /** The address families of the mirror's endpoints; absent: not known, or irrelevant. */
  readonly families: readonly Family[] | undefined;
}

/**
 * The spec of a mirror's Service. Whoever else writes to it must not break it, so that every field of core/v1 ServiceSpec
 * (Kubernetes 1.36) is one of these:
 *
 * | field | |
 * |---|---|
 * | type, ports, internalTrafficPolicy, sessionAffinity | set; other types would open ports, `Local` would drop traffic |
 * | sessionAffinityConfig, publishNotReadyAddresses | set as the remote Service has it, or absent |
 * | clusterIP | `None` for a headless Service; otherwise the API server gives one, which never changes |
 * | clusterIPs | the API server's, like clusterIP |
 * | ipFamilyPolicy, ipFamilies | set as endpoints have it; left while that is not known, and to headless Services, whose names lead to both families whatever these say |
 * | selector | absent: the cluster's own slice controller would write endpoints beside ours |
 * | externalIPs, externalName, loadBalancerIP | absent: they would let the Service be called from elsewhere, or lead elsewhere |
 * | allocateLoadBalancerNodePorts, externalTrafficPolicy, healthCheckNodePort, loadBalancerClass, loadBalancerSourceRanges | absent: the API server refuses them beside type ClusterIP |
 * | trafficDistribution | left, being harmless: it prefers endpoints by their hints, and ours have none |
 */
export function specOf({ source, limits, families }: SpecInput): DesiredSpec {
  const remote = source.service?.spec;
  const affinity = limits.sessionAffinity && remote?.sessionAffinity === 'ClientIP' ? 'ClientIP' : 'None';
  return {
    type: 'ClusterIP',
    ...(source.headless ? { clusterIP: 'None' } : familyFields(families)),
    ports: source.ports.filter((port) => carries(limits, port.protocol)).map(servicePort),
    selector: null,
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: affinity,
    sessionAffinityConfig: affinity === 'ClientIP' ? (remote?.sessionAffinityConfig ?? null) : null,
    publishNotReadyAddresses: remote?.publishNotReadyAddresses === true ? true : null,
    externalIPs: null,
    externalName: null,
    loadBalancerIP: null,
    allocateLoadBalancerNodePorts: null,
    externalTrafficPolicy: null,
    healthCheckNodePort: null,
    loadBalancerClass: null,
    loadBalancerSourceRanges: null,
  };
}

/**
 * Why a Service cannot become what the source needs without being made anew: two things cannot be changed, whether it has a
 * cluster IP, and the family of the first one.
 */
export function unchangeable(
  local: Readonly<Service>,
  source: KnownSource,
  families: readonly Family[] | undefined,
): string | undefined {
  if (isHeadless(local) !== source.headless)
    return source.headless ? 'the remote service is headless now' : 'the remote service has a cluster IP now';
  const [only, other] = families ?? [];
  if (source.headless || only === undefined || other !== undefined) return undefined;
  if ((local.spec.clusterIP ?? '') === '') return undefined;
  return familiesOf(local)[0] === only ? undefined : `its endpoints have ${only} addresses now`;
}

/** Both families are preferred, not required, in the API server's order: a cluster with only one gives that one. */
function familyFields(families: readonly Family[] | undefined): Partial<DesiredSpec> {
  if (families === undefined || families.length === 0) return {};
  return families.length === 1
    ? { ipFamilyPolicy: 'SingleStack', ipFamilies: [...families] }
    : { ipFamilyPolicy: 'PreferDualStack' };
}

function servicePort(port: ServicePort): ServicePort {
  return {
    ...(port.name !== undefined && port.name !== '' && { name: port.name }),
    port: port.port,
    protocol: port.protocol ?? 'TCP',
    // slices are matched by port name, so this is only the value that the server would fill in
    targetPort: port.port,
    ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
  };
}
