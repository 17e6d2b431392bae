import type { HeadlessPods } from '../../src/exports/headless.js';
import type { EndpointSlice, Pod, Service } from '../../src/api/objects.js';
import { keys, sliceController } from '../../src/api/names.js';
import { keyOf, serviceOfSlice } from '../../src/api/resources.js';
import { podsOf, reducePodSlice } from '../../src/exports/pods.js';
import { aService, aSlice, frozen, type Change } from './gen.js';

/** A headless Service of a StatefulSet of its own name. */
export function aHeadless(name = 'db', ...changes: Change<Service>[]): Service {
  return aService(name, ({ spec }) => (spec.clusterIP = 'None'), ...changes);
}

/** The name of a StatefulSet's pod, which is its host name, and its address. */
export type PodAt = readonly [hostname: string, address: string, uid?: string];

/** The slice that Kubernetes makes of a headless Service with one port `db` whose pods listen on 5432. */
export function aPodSlice(service: string, pods: readonly PodAt[], version = '1'): EndpointSlice {
  return aSlice(service, (slice) => {
    slice.metadata.resourceVersion = version;
    slice.metadata.labels = {
      ...{ [keys.serviceName]: service, [keys.sliceManagedBy]: sliceController, [keys.headless]: '' },
    };
    slice.ports = [{ name: 'db', port: 5432, protocol: 'TCP' }];
    slice.endpoints = pods.map(([hostname, address, uid = `uid-${hostname}`]) => ({
      ...{ addresses: [address], hostname, conditions: { ready: true } },
      targetRef: { kind: 'Pod', namespace: 'default', name: hostname, uid },
    }));
  });
}

/** A pod of a StatefulSet, with its host name. */
export function aNamedPod(service: string, [hostname, address, uid = `uid-${hostname}`]: PodAt): Pod {
  return frozen({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: hostname, namespace: 'default', uid, labels: { app: service } },
    spec: { hostname, subdomain: service },
    status: { podIP: address, podIPs: [{ ip: address }] },
  });
}

/** Headless Services whose slices are set at once; pods are not looked up. */
export function slicesInMemory() {
  const slices = new Map<string, EndpointSlice>();
  const listeners = new Set<(service: string | undefined) => void>();
  let needed: ReadonlySet<string> = new Set();
  const pods: HeadlessPods = {
    need: (services) => void (needed = services),
    of: (service) =>
      podsOf(
        service,
        [...slices.values()].filter((one) => serviceOfSlice(one) === keyOf(service)),
      ),
    settled: true,
    onChange: (fn) => void listeners.add(fn),
    stop: () => undefined,
  };
  return {
    pods,
    needed: () => [...needed],
    put(slice: EndpointSlice) {
      slices.set(keyOf(slice), reducePodSlice(slice));
      for (const listener of listeners) listener(serviceOfSlice(slice));
    },
  };
}
