import { listen, ownNames } from '../../../src/api/names.js';
import { apiVersion, links, services } from '../../../src/api/resources.js';
import { encodeIdentity, encodePeer } from '../../../src/protocol/identity.js';
import { serviceIdOf } from '../../../src/protocol/serviceid.js';
import { aCluster, type ClusterPki } from '../../clusters/identities.js';
import { inTurns } from '../../clusters/turns.js';
import { namespace, openPlane, type Plane } from './plane.js';

/** A control plane with exported Services, as an ingress gateway reads it. */
export interface Exporter extends Plane {
  /** Our own cluster. */
  readonly paris: ClusterPki;
  /** The peers, each behind a Link of its own name. */
  readonly peers: readonly ClusterPki[];
  /** Exports the n-th Service to all peers, or to none any more: this is the write that an ingress gateway follows. */
  mark(n: number, exported: boolean): Promise<void>;
}

/** The label of exported Services. */
const label = 'mirror.linkerd.io/exported';

/** The name of the n-th Service. */
export const nameOf = (n: number): string => `s-${n}`;

/** The key of the n-th Service in the map of grants, for a peer. */
export function grantOf(n: number, peer: string): string {
  return `${peer}|${peer}|${serviceIdOf({ namespace, name: nameOf(n), port: 80 })}`;
}

/** Starts a control plane with so many exported Services, and so many peers to which they are exported. */
export async function openExporter(plan: {
  readonly exports: number;
  readonly links: number;
  readonly address: string;
}): Promise<Exporter> {
  const plane = await openPlane('ingress');
  const { kube } = plane;
  const [paris, ...peers] = await Promise.all(
    ['paris', ...Array.from({ length: plan.links }, (_, n) => `london-${n}`)].map((name) => aCluster(name)),
  );
  await plane.writeLeaf(ownNames.ingressTls, paris!.ingress);
  const addresses = [{ host: plan.address, port: listen.ingress }];
  const identity = { cluster: 'paris', uid: 'uid-of-paris', caBundle: paris!.authority.ca, addresses };
  await plane.writeMap(ownNames.identity, encodeIdentity(identity));
  const probe = { period: 3_000, timeout: 1_000, failureThreshold: 3, successThreshold: 1 };
  const encoded = peers.map(({ cluster, authority }) => {
    const peer = { link: cluster, cluster, caBundle: authority.ca, addresses: [], probe };
    return [cluster, encodePeer(peer)] as const;
  });
  await plane.writeMap(ownNames.peers, Object.fromEntries(encoded));
  for (const { cluster } of peers)
    await kube.create(links, {
      ...{ apiVersion, kind: 'Link', metadata: { name: cluster } },
      spec: {
        ...{ transport: 'gateway', clusterDomain: 'cluster.local' },
        exports: { services: { matchLabels: { [label]: 'true' } }, allowSelectorless: false },
      },
    });
  await inTurns(Array(plan.exports).keys(), 16, async (n) => {
    await kube.create(services, {
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: { name: nameOf(n), namespace, labels: { app: nameOf(n), [label]: 'true' } },
      spec: { selector: { app: nameOf(n) }, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    });
  });
  return {
    ...plane,
    ...{ paris: paris!, peers },
    async mark(n, exported) {
      const labels = { [label]: exported ? 'true' : null };
      await kube.mergePatch(services, `${namespace}/${nameOf(n)}`, { metadata: { labels } });
    },
  };
}
