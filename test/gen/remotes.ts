import type { ConfigMap, EndpointSlice, Service } from '../../src/api/objects.js';
import { keyOf } from '../../src/api/resources.js';
import type { RemoteProblem } from '../../src/controllers/link/contact.js';
import type { Remote } from '../../src/controllers/link/remote.js';
import type { RemotePlan, Remotes } from '../../src/controllers/link/remotes.js';

/** A remote cluster that is whatever a test says. */
export interface FakeRemote {
  synced: boolean;
  problem?: RemoteProblem | undefined;
  uid?: string;
  version?: string;
  verified: boolean;
  services: readonly Readonly<Service>[];
  slices: readonly Readonly<EndpointSlice>[];
  identity?: Readonly<ConfigMap>;
  /** What a gateway has said that has proven itself by a pin. */
  proven?: NonNullable<ReturnType<Remote['identity']>['proven']>;
  /** Why the identity cannot be read. */
  identityError?: unknown;
}

/** Remote clusters by Link, with what was asked of them. */
export interface FakeRemotes extends Remotes {
  readonly clusters: Map<string, FakeRemote>;
  readonly plans: Map<string, RemotePlan>;
  readonly calls: string[];
}

/** A remote cluster in full view that holds these objects. */
export function aRemote(more: Partial<FakeRemote> = {}): FakeRemote {
  return { synced: true, verified: true, uid: 'uid-paris', services: [], slices: [], ...more };
}

/** Makes fake remote clusters; none to begin with. */
export function fakeRemotes(): FakeRemotes {
  const clusters = new Map<string, FakeRemote>();
  const plans = new Map<string, RemotePlan>();
  const calls: string[] = [];
  const remoteOf = (link: string): Remote | undefined => {
    const cluster = clusters.get(link);
    if (cluster === undefined) return undefined;
    return {
      view: (namespace, name) => ({
        synced: cluster.synced,
        ...(cluster.problem !== undefined && { failingSince: cluster.problem.since }),
        ...withService(cluster.services.find((service) => isNamed(service, namespace, name))),
        slices: cluster.slices.filter(
          ({ metadata }) =>
            metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
        ),
      }),
      services: (namespace) =>
        cluster.services
          .filter((service) => namespace === undefined || service.metadata.namespace === namespace)
          .map(keyOf),
      identity: () => ({
        synced: cluster.synced,
        object: cluster.identity,
        ...(cluster.proven !== undefined && { proven: cluster.proven }),
        ...(cluster.identityError !== undefined && { error: cluster.identityError }),
      }),
      synced: cluster.synced,
      get problem() {
        return cluster.problem;
      },
      uid: cluster.uid,
      version: cluster.version,
      run: async () => undefined,
    };
  };
  return {
    clusters,
    plans,
    calls,
    get: remoteOf,
    newest: remoteOf,
    view: (link, namespace, name) => remoteOf(link)?.view(namespace, name),
    verified: (link) => clusters.get(link)?.verified ?? false,
    ensure(link, plan) {
      calls.push(`ensure ${link}`);
      plans.set(link, plan);
    },
    drop: (link) => void calls.push(`drop ${link}`),
    freeze: (link) => void calls.push(`freeze ${link}`),
    stop: async () => undefined,
  };
}

function isNamed({ metadata }: Readonly<Service>, namespace: string, name: string): boolean {
  return metadata.namespace === namespace && metadata.name === name;
}

function withService(service: Readonly<Service> | undefined): { service?: Readonly<Service> } {
  return service === undefined ? {} : { service };
}
