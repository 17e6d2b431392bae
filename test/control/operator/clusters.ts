import type { Link } from '../../../src/api/link.js';
import type { LightOptions } from '../../../tools/clusters/light.js';
import { aLink, aNamespace, aSecret, labelled, over, type Change } from '../../gen/gen.js';
import type { Write } from '../../driver/audit.js';
import { clusterClientOf, type ClusterClient } from '../../driver/namespace.js';
import { startOperator, type Operator } from '../../driver/operator.js';
import { openSite, ownNamespace, type ControlCluster } from '../../driver/light.js';

/** Both cities, seen from a namespace of the same name. */
export interface Place {
  readonly london: ClusterClient;
  readonly paris: ClusterClient;
}

/** Two control planes: London with the operator's manifests, Paris with those that let London read it. */
export interface OperatorStory {
  readonly london: ControlCluster;
  readonly paris: ControlCluster;
  /** The operator's own namespace in London. */
  readonly own: ClusterClient;
  /** Makes a namespace in both cities, so that tests that run side by side do not meet. */
  place(name: string, labels?: Record<string, string>): Promise<Place>;
  /** Starts London's operator under the rights that the manifests give it. */
  startOperator(...flags: string[]): Promise<Operator>;
  /** Links London to the cluster of a kubeconfig; transport flat unless changed. */
  link(name: string, kubeconfig: string, ...changes: Change<Link>[]): Promise<void>;
  /** What London's operator has written since a mark of its audit log; its lease is left out. */
  writtenSince(mark: number, place?: Place): Promise<Write[]>;
  close(): Promise<void>;
}

const operatorAccount = 'service-mirror-operator';

/** Sets the stage, with a Link `paris` in London; when it rejects, nothing is left. */
export async function openStage(
  options: { readonly london?: LightOptions; readonly paris?: LightOptions } = {},
): Promise<OperatorStory> {
  const opened = await Promise.allSettled([
    openSite(['manifests', 'manifests/peer-access'], options.london),
    openSite(['manifests/00-namespace.yaml', 'manifests/peer-access'], options.paris),
  ]);
  const [london, paris] = opened.map((site) => (site.status === 'fulfilled' ? site.value : undefined));
  const close = async () => {
    await Promise.all([london?.close(), paris?.close()]);
  };
  try {
    if (london === undefined || paris === undefined)
      throw opened.find((site) => site.status === 'rejected')?.reason;
    const stage = stageOf(london, paris, close);
    await stage.link('paris', await paris.access('peer-london'));
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

function stageOf(london: ControlCluster, paris: ControlCluster, close: () => Promise<void>): OperatorStory {
  let access: Promise<string> | undefined;
  const own = clusterClientOf(london.kube, ownNamespace);
  return {
    london,
    paris,
    own,
    async place(name, labels = {}) {
      const namespace = aNamespace(name, labelled(labels));
      const [there, here] = [clusterClientOf(paris.kube, name), clusterClientOf(london.kube, name)];
      await Promise.all([there.applies(namespace), here.applies(namespace)]);
      return { london: here, paris: there };
    },
    async startOperator(...flags) {
      access ??= london.access(operatorAccount);
      return startOperator(await access, ...flags);
    },
    async link(name, kubeconfig, ...changes) {
      await own.applies(aSecret(`link-${name}`, { kubeconfig }), aLink(name, over('flat'), ...changes));
    },
    async writtenSince(mark, place) {
      const prefix = place === undefined ? '' : `${place.london.namespace}/`;
      const user = `system:serviceaccount:${ownNamespace}:${operatorAccount}`;
      const writes = await london.audit.since(mark);
      return writes.filter(
        (write) => write.user === user && write.resource !== 'leases' && write.object.startsWith(prefix),
      );
    },
    close,
  };
}
