import { mirrorConditions } from '../../../src/api/conditions.js';
import { egressPorts, ownNames } from '../../../src/api/names.js';
import type { Condition } from '../../../src/api/objects.js';
import { apiVersion, serviceMirrors } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { encodePeer } from '../../../src/protocol/identity.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { aCluster } from '../../clusters/identities.js';
import { inTurns } from '../../clusters/turns.js';
import { namespace, openPlane, type Plane } from './plane.js';

/** A control plane whose mirrors have ports, as an operator would have given them. */
export interface Cluster {
  readonly kube: KubeClient;
  /** Path of an administrator's kubeconfig. */
  readonly admin: string;
  /** Kubeconfig of the egress gateway. */
  readonly kubeconfig: string;
  /** Creates the n-th mirror, without a port. */
  create(n: number): Promise<void>;
  /** Gives the n-th mirror its port: this is the write that an egress gateway follows. */
  allocate(n: number): Promise<ServiceMirror>;
  /** Deletes the n-th mirror. */
  remove(n: number): Promise<void>;
}

/** The egress port of the n-th mirror. */
export const portOf = (n: number): number => egressPorts.first + n;

/** Starts a control plane with what an egress gateway reads, and so many mirrors. */
export async function openCluster(mirrors: number): Promise<Cluster> {
  const plane = await openPlane('egress');
  const { kube, admin, kubeconfig } = plane;
  await writeWhatGatewaysRead(plane);
  const cluster: Cluster = {
    kube,
    ...{ admin, kubeconfig },
    async create(n) {
      await kube.create(serviceMirrors, {
        ...{ apiVersion, kind: 'ServiceMirror', metadata: { name: `m-${n}`, namespace } },
        spec: { cluster: 'paris', service: { name: `s-${n}`, namespace } },
      });
    },
    allocate(n) {
      const metadata = { name: `m-${n}`, namespace };
      const body = { apiVersion, kind: 'ServiceMirror', metadata, status: statusOf(n) };
      const fieldManager = `${kube.fieldManager}-status`;
      return kube.apply(serviceMirrors, body, { fieldManager, subresource: 'status' });
    },
    async remove(n) {
      await kube.remove(serviceMirrors, `${namespace}/m-${n}`);
    },
  };
  await inTurns(Array(mirrors).keys(), 48, async (n) => {
    await cluster.create(n);
    await cluster.allocate(n);
  });
  return cluster;
}

/** Its certificate, and one peer. */
async function writeWhatGatewaysRead(plane: Plane): Promise<void> {
  const [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
  await plane.writeLeaf(ownNames.egressTls, london.egress);
  const peer = encodePeer({
    ...{ link: 'paris', cluster: 'paris', caBundle: paris.authority.ca },
    addresses: [{ host: '127.0.0.1', port: 4143 }],
    // nobody is there, and nobody is asked often
    probe: { period: 60_000, timeout: 1_000, failureThreshold: 3, successThreshold: 1 },
  });
  await plane.writeMap(ownNames.peers, { paris: peer });
}

/** All that an operator says of such a mirror: a gateway is sent it all, and should not keep it. */
function statusOf(n: number): ServiceMirror['status'] {
  return {
    observedGeneration: 1,
    conditions: mirrorConditions.map(isTrue),
    service: { name: `s-${n}`, clusterIP: '10.96.0.1' },
    source: { cluster: 'paris', namespace, name: `s-${n}`, display: `${namespace}/s-${n}` },
    ports: [{ port: 80, protocol: 'TCP', gatewayPort: portOf(n) }],
    endpoints: { ready: 2, total: 2, display: '2/2' },
  };
}

function isTrue(type: string): Condition {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return { type, status: 'True', reason: type, message: type, observedGeneration: 1, lastTransitionTime };
}
