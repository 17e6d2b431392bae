import type { EndpointSlice, Service } from '../../../src/api/objects.js';
import { endpointSlices, services } from '../../../src/api/resources.js';
import type { Kubectl } from '../../../tools/clusters/kubectl.js';
import type { ClusterDriver } from '../../driver/cluster.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import {
  annotated,
  aService,
  aSlice,
  labelled,
  port,
  serviceSpec,
  slice,
  type Change,
} from '../../gen/gen.js';
import { endpointOf, portOf } from './text.js';

/** A service of Paris; what is left out is the least that works. */
export interface Exported {
  /** As `text.ts` reads them. @default 80 */
  readonly ports?: readonly string[];
  /** Addresses of its pods, those that are not ready in brackets. @default 10.9.0.1 */
  readonly pods?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Partial<Service['spec']>;
}

/** What happens in Paris, in the namespace of one case. */
export interface Paris extends NamespaceDriver {
  readonly kubectl: Kubectl;
  /** Has a Service with pods, with the label that the Links of London select. Said again, it is as said last. */
  exports(service: string, what?: Exported): Promise<void>;
  /** Its pods are these now. */
  runs(service: string, ...pods: string[]): Promise<void>;
  /** Somebody changes fields of a Service (RFC 7396). */
  changes(service: string, patch: object): Promise<void>;
  /** Lets a peer of that name read these namespaces and no others, and gives its kubeconfig. */
  admits(peer: string, ...namespaces: string[]): Promise<string>;
  /** Makes a namespace that no other cluster has. */
  makes(namespace: string): Promise<Paris>;
  /** A Service is deleted. Its slices go later, when the garbage collector finds them, which does not run here. */
  loses(service: string): Promise<void>;
}

/** How far the port of a pod is from that of its Service, so that nobody takes one for the other. */
const offset = 8_000;

/** The label by which cases select what is exported; its value is the namespace of the case. */
export const exportLabel = 'export';

/** Speaks of a namespace of Paris. */
export function parisOf(
  driver: NamespaceDriver,
  cluster: Pick<ClusterDriver, 'kubectl' | 'admit' | 'access' | 'in'>,
): Paris {
  const { kubectl, admit, access } = cluster;
  const sliceName = (service: string, family: 'IPv4' | 'IPv6') => `${service}-${family.toLowerCase()}`;
  const having = (...pods: string[]): Change<EndpointSlice> => {
    return (draft) => (draft.endpoints = pods.map(endpointOf));
  };
  return {
    ...{ ...driver, kubectl },
    async exports(
      service,
      { ports = ['80'], pods = ['10.9.0.1'], labels, annotations = {}, spec = {} } = {},
    ) {
      const own = labelled({ [exportLabel]: driver.namespace, ...labels });
      const parsed = ports.map(portOf);
      const numbered = parsed.map(({ name = '', port: number, ...more }) => ({
        ...{ name, port: number + offset, ...more },
      }));
      const slices = (['IPv4', 'IPv6'] as const).flatMap((family) => {
        const its = pods.filter((pod) => pod.includes(':') === (family === 'IPv6'));
        if (its.length === 0 && family === 'IPv6') return [];
        // the cluster's own controller gives a Service's labels to its slices
        const changes = [slice(sliceName(service, family), family), having(...its), own];
        return [aSlice(service, ...changes, (draft) => (draft.ports = numbered))];
      });
      const changes = [serviceSpec(spec), own, annotated({ ...annotations })];
      await driver.applies(
        aService(service, ...parsed.map(({ port: number, ...more }) => port(number, more)), ...changes),
        ...slices,
      );
    },
    async runs(service, ...pods) {
      await driver.edits(endpointSlices, sliceName(service, 'IPv4'), { endpoints: pods.map(endpointOf) });
    },
    async changes(service, patch) {
      await driver.edits(services, service, patch);
    },
    async admits(peer, ...namespaces) {
      await admit(peer, ...namespaces);
      return access(`peer-${peer}`);
    },
    async makes(namespace) {
      await kubectl('create', 'namespace', namespace);
      return parisOf(cluster.in(namespace), cluster);
    },
    async loses(service) {
      await driver.deletes(services, service);
    },
  };
}
