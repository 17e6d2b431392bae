import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mirrorConditions } from '../../../src/api/conditions.js';
import { egressPorts, ownNames } from '../../../src/api/names.js';
import { serviceMirrors } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { encodePeer } from '../../../src/protocol/identity.js';
import { aConfigMap, aMirror, aNamespace, aSecret, condition, of } from '../../../test/gen/gen.js';
import { clusterClientOf, type ClusterClient } from '../../../test/driver/namespace.js';
import { openSite } from '../../../test/driver/light.js';
import { asWritten } from '../../../test/driver/written.js';
import { inTurns } from '../../clusters/turns.js';
import { aCluster } from '../../../test/gen/pki.js';

/** A control plane whose mirrors have ports, as an operator would have given them. */
export interface Cluster {
  readonly city: ClusterClient;
  /** Kubeconfig of the egress gateway. */
  readonly kubeconfig: string;
  /** Creates the n-th mirror, without a port. */
  create(n: number): Promise<void>;
  /** Gives the n-th mirror its port: this is the write that an egress gateway follows. */
  allocate(n: number): Promise<ServiceMirror>;
  /** Deletes the n-th mirror. */
  remove(n: number): Promise<void>;
}

/** The namespace of all mirrors. */
export const namespace = 'shop';

/** The egress port of the n-th mirror. */
export const portOf = (n: number): number => egressPorts.first + n;

/** Starts a control plane with what an egress gateway reads, and so many mirrors. */
export async function openCluster(mirrors: number): Promise<Cluster> {
  const site = await openSite(['manifests']);
  const city = clusterClientOf(site.kube, namespace);
  const [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
  const { cert, key, ca } = london.egress;
  await city.applies(
    aNamespace(namespace),
    aSecret(ownNames.egressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }, (secret) => {
      secret.type = 'kubernetes.io/tls';
    }),
    aConfigMap(ownNames.peers, {
      paris: encodePeer({
        ...{ link: 'paris', cluster: 'paris', caBundle: paris.authority.ca },
        addresses: [{ host: '127.0.0.1', port: 4143 }],
        // nobody is there, and nobody is asked often
        probe: { period: 60_000, timeout: 1_000, failureThreshold: 3, successThreshold: 1 },
      }),
    }),
  );
  const kubeconfig = join(tmpdir(), 'kubeconfig');
  await writeFile(kubeconfig, await site.access('service-mirror-egress'), { mode: 0o600 });
  const { kube } = site;
  const cluster: Cluster = {
    city,
    kubeconfig,
    async create(n) {
      const mirror = aMirror(`m-${n}`, of('paris', `${namespace}/s-${n}`));
      await kube.create(serviceMirrors, asWritten(mirror, namespace) as ServiceMirror);
    },
    allocate(n) {
      const { apiVersion, kind } = aMirror();
      const body = { apiVersion, kind, metadata: { name: `m-${n}`, namespace }, status: statusOf(n) };
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

/** All that an operator says of such a mirror: a gateway is sent it all, and should not keep it. */
function statusOf(n: number): ServiceMirror['status'] {
  return {
    observedGeneration: 1,
    conditions: mirrorConditions.map((type) => condition(type, 'True', type)),
    service: { name: `s-${n}`, clusterIP: '10.96.0.1' },
    source: { cluster: 'paris', namespace, name: `s-${n}`, display: `${namespace}/s-${n}` },
    ports: [{ port: 80, protocol: 'TCP', gatewayPort: portOf(n) }],
    endpoints: { ready: 2, total: 2, display: '2/2' },
  };
}
