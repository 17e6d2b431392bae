import type { KubeObject } from '../../src/api/objects.js';
import type { Resource } from '../../src/api/resources.js';
import { createKube, type KubeClient } from '../../src/runtime/kube.js';
import { loadLocal } from '../../src/runtime/kubeconfig.js';
import type { Cluster } from '../../tools/clusters/cluster.js';

/** Namespace that the manifests install into. */
export const ownNamespace = 'service-mirror';

/** One cluster as the stories use it: kubectl for what a user does, a client for what a test looks at often. */
export interface E2eCluster {
  readonly cluster: Cluster;
  readonly kube: KubeClient;
  /** Runs `kubectl` with these words, none of which may hold a space. */
  kubectl(words: string, input?: string): Promise<string>;
  /** `kubectl apply` of objects. */
  apply(...objects: object[]): Promise<string>;
  /** All objects of a kind, of one namespace or of all. */
  all<T extends KubeObject>(resource: Resource<T>, namespace?: string): Promise<T[]>;
}

/** Opens a cluster for stories; the client is to be closed. */
export function openSite(cluster: Cluster): E2eCluster {
  const kube = createKube(loadLocal(cluster.kubeconfig), { fieldManager: 'e2e' });
  const kubectl: E2eCluster['kubectl'] = (words, input) =>
    cluster.kubectl(words.split(' '), input === undefined ? {} : { input });
  return {
    cluster,
    kube,
    kubectl,
    apply: (...items) => kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items })),
    all: async (resource, namespace) =>
      (await kube.list(resource, namespace === undefined ? {} : { namespace })).items,
  };
}
