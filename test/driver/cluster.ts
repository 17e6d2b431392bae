import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Link } from '../../src/api/link.js';
import { ownNames } from '../../src/api/names.js';
import type { KubeObject } from '../../src/api/objects.js';
import { configMaps, secrets, type Resource } from '../../src/api/resources.js';
import { decodeKeyPair, type KeyPair } from '../../src/pki/keypair.js';
import type { KubeClient } from '../../src/runtime/kube.js';
import { run } from '../../tools/clusters/exec.js';
import { kubeconfigOf, serverIn } from '../../tools/clusters/kubeconfig.js';
import type { Kubectl } from '../../tools/clusters/kubectl.js';
import { root } from '../../tools/clusters/paths.js';
import { aLink, aNamespace, aSecret, labelled, type Change } from '../gen/gen.js';
import { eventually } from './eventually.js';
import { namespaceOf, type NamespaceDriver } from './namespace.js';

/** Namespace of the product, in every cluster. */
export const ownNamespace = 'service-mirror';

/**
 * One cluster as a story acts in it and looks at it, whether it is an API server alone or has nodes. Its verbs act in
 * namespace `default`.
 */
export interface ClusterDriver extends NamespaceDriver {
  readonly name: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** URL at which the other clusters reach its API server. */
  readonly server: string;
  readonly kubectl: Kubectl;
  /** The product's own namespace. */
  readonly own: NamespaceDriver;
  /** Another namespace, which is there already. */
  in(namespace: string): NamespaceDriver;
  /** All objects of a kind, of all namespaces. */
  everywhere<T extends KubeObject>(resource: Resource<T>): Promise<T[]>;
  /** A kubeconfig of a service account in the product's namespace, whose token is good for so many hours. */
  access(account: string, hours?: number): Promise<string>;
  /** Lets a peer of that name read this cluster, or these namespaces of it, through ServiceAccount `peer-<name>`. */
  admit(peer: string, ...namespaces: string[]): Promise<void>;
  /** Waits until it has published who it is, and gives that in the form in which a Link of a peer pins it. */
  published(): Promise<Published>;
  /** Links it to the cluster of a kubeconfig (its text): a Link, and the Secret with its credentials. */
  link(name: string, kubeconfig: string, ...changes: Change<Link>[]): Promise<void>;
  /** Kills the API server, as a crash would. */
  stopApiServer(): Promise<void>;
  /** Starts it again, and waits until it is ready. */
  startApiServer(): Promise<void>;
}

/** What a cluster publishes of itself. */
export interface Published {
  readonly cluster: string;
  /** PEM of all its CAs. */
  readonly caBundle: string;
}

/** What a cluster is driven by, whatever its form. */
export interface ClusterParts extends Pick<ClusterDriver, 'stopApiServer' | 'startApiServer'> {
  readonly name: string;
  readonly kubeconfig: string;
  readonly kube: KubeClient;
  readonly kubectl: Kubectl;
  /** How long what is waited for may take (ms). */
  readonly patience?: number;
}

/** How long (ms) an operator may take from its start until it has published who it is. */
const startup = 120_000;

/** Drives a cluster. */
export async function clusterOf(parts: ClusterParts): Promise<ClusterDriver> {
  const { name, kubeconfig, kube, kubectl, patience, stopApiServer, startApiServer } = parts;
  const { server, ca } = await serverIn(kubeconfig);
  const inNamespace = (namespace: string) => namespaceOf(kube, namespace, patience);
  const own = inNamespace(ownNamespace);
  return {
    ...inNamespace('default'),
    ...{ name, kubeconfig, server, kubectl, own, stopApiServer, startApiServer },
    in: inNamespace,
    everywhere: async (resource) => (await kube.list(resource, {})).items,
    async access(account, hours = 720) {
      const token = await kubectl('create', 'token', account, '-n', ownNamespace, `--duration=${hours}h`);
      return kubeconfigOf({ name, server, ca, token: token.trim() });
    },
    async admit(peer, ...namespaces) {
      const only = namespaces.flatMap((namespace) => ['--namespace', namespace]);
      await kubectl.apply(await run(['sh', join(root, 'examples/peer-access.sh'), peer, ...only]));
    },
    published: () =>
      eventually(async () => {
        const { cluster, 'ca.crt': caBundle } = (await own.get(configMaps, ownNames.identity)).data ?? {};
        assert.ok(cluster !== undefined && caBundle !== undefined, `${name} publishes no CA`);
        return { cluster, caBundle };
      }, startup),
    async link(to, kubeconfig, ...changes) {
      await own.applies(aSecret(`link-${to}`, { kubeconfig }), aLink(to, ...changes));
    },
  };
}

/** The same namespace of several clusters. */
export type InEach<Name extends string> = Readonly<Record<Name, NamespaceDriver>>;

/** Clusters by their names, and what is done in all of them. */
export type Clusters<Name extends string, Driver extends ClusterDriver> = Readonly<Record<Name, Driver>> & {
  /** Makes a namespace in each cluster, so that stories that run side by side do not meet. */
  namespace(name: string, labels?: Readonly<Record<string, string>>): Promise<InEach<Name>>;
  /** Removes all of them. */
  close(): Promise<void>;
};

/** Puts clusters together. */
export function clustersOf<Name extends string, Driver extends ClusterDriver>(
  drivers: Readonly<Record<Name, Driver>>,
  close: () => Promise<void>,
): Clusters<Name, Driver> {
  const all = Object.entries<Driver>(drivers);
  return {
    ...drivers,
    async namespace(name, labels = {}) {
      const each = all.map(async ([cluster, driver]) => {
        const namespace = driver.in(name);
        await namespace.applies(aNamespace(name, labelled(labels)));
        return [cluster, namespace] as const;
      });
      return Object.fromEntries(await Promise.all(each)) as InEach<Name>;
    },
    close,
  };
}

/** The certificate that a Secret of the product's namespace holds. */
export async function leafOf({ own }: ClusterDriver, name: string): Promise<KeyPair> {
  const pair = decodeKeyPair((await own.get(secrets, name)).data);
  if (pair === undefined) throw new Error(`Secret ${name} holds no certificate`);
  return pair;
}
