import type { ConfigMap, EndpointSlice, Service } from '../../api/objects.js';
import { maxUid, maxVersion } from '../../api/linkstatus.js';
import { keys, ownNames } from '../../api/names.js';
import { configMaps, endpointSlices, namespaces, services } from '../../api/resources.js';
import type { RemoteView } from '../../mirror/view.js';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createBudget } from '../../runtime/budget.js';
import { NetworkError } from '../../runtime/errors.js';
import { remoteCacheBytes } from '../../runtime/limits.js';
import { createReflector, type Reflector } from '../../runtime/reflector/reflector.js';
import { createRewindCheck } from '../../runtime/rewind.js';
import { reduceConfigMap, reduceService, reduceSlice, weigh } from './reduced.js';

/** The API server behind a Link belongs to another cluster than the one that the Link's status pins. */
export class ClusterChangedError extends Error {
  override readonly name = 'ClusterChangedError';
  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`this is cluster ${found}, and the Link was made for ${expected}`);
  }
}

/** What is watched in a remote cluster. */
export interface RemoteScope {
  readonly selector?: string;
  /** Empty: the whole cluster in one watch. */
  readonly namespaces: readonly string[];
  /** Whether the peer's published identity is wanted (transport gateway); the namespace in which it stands. */
  readonly identityIn?: string;
  /** UID of the cluster that this must be; absent: the first one found is taken. */
  readonly pinnedUid?: string;
}

/** A change in what is seen of a remote cluster. */
export type RemoteChange =
  | { readonly kind: 'service'; readonly key: string }
  | { readonly kind: 'identity' }
  | { readonly kind: 'state' };

/** Why a remote cluster cannot be seen, and since when (ms). */
export interface RemoteProblem {
  readonly error: unknown;
  readonly since: number;
}

/** One remote cluster, seen through one set of credentials. */
export interface Remote {
  view(namespace: string, name: string): RemoteView;
  identity(): {
    readonly synced: boolean;
    readonly object: Readonly<ConfigMap> | undefined;
    /** Why it cannot be read; absent: it can, or nobody has tried yet. */
    readonly error?: unknown;
  };
  readonly synced: boolean;
  readonly problem: RemoteProblem | undefined;
  /** Known once the first list was allowed. */
  readonly uid: string | undefined;
  readonly version: string | undefined;
  /**
   * Asks the API server for its version: contact, or its absence, shows in `problem`. One that was restored from a backup
   * is listed anew.
   */
  ping(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

/** Longest that a ping may take (ms). */
const pingDeadline = 4_000;

/** A UID as the Link's status can hold it: it is compared with what stands there. */
const uidForm = new RegExp(`^[!-~]{1,${maxUid}}$`);

/**
 * Watches one remote cluster; nothing starts before `run`.
 *
 * @param options.cacheBytes what is kept of it at most
 */
export function createRemote(
  kube: KubeClient,
  scope: RemoteScope,
  options: { clock: Clock; log: Log; onChange: (change: RemoteChange) => void; cacheBytes?: number },
): Remote {
  const { clock, log, onChange, cacheBytes = remoteCacheBytes } = options;
  const budget = createBudget(cacheBytes);
  let uid: string | undefined;
  let version: string | undefined;
  let pingProblem: RemoteProblem | undefined;

  async function checkCluster(signal: AbortSignal): Promise<void> {
    const system = await kube.get(namespaces, 'kube-system', signal);
    const found: unknown = system.metadata?.uid;
    if (typeof found !== 'string' || !uidForm.test(found))
      throw new NetworkError(`namespace kube-system has no UID of at most ${maxUid} characters`, {
        code: 'ERR_NO_OBJECT',
      });
    const expected = scope.pinnedUid ?? uid;
    if (expected !== undefined && expected !== found) throw new ClusterChangedError(expected, found);
    uid = found;
  }

  const common = { clock, log, beforeList: checkCluster };
  const selection = scope.selector === undefined ? {} : { labelSelector: scope.selector };
  const scopes = scope.namespaces.length === 0 ? [undefined] : scope.namespaces;
  const watched = new Map(
    scopes.map((namespace) => {
      const where = { ...selection, ...(namespace !== undefined && { namespace }) };
      return [
        namespace,
        {
          services: createReflector<Service>(kube, services, {
            ...common,
            ...where,
            transform: reduceService,
            budget: { account: budget.account(), weigh },
          }),
          slices: sliceSelections(scope.selector).map((selectors) =>
            createReflector<EndpointSlice>(kube, endpointSlices, {
              ...common,
              ...where,
              ...selectors,
              transform: reduceSlice,
              budget: { account: budget.account(), weigh },
              indexes: { service: (slice) => [ownerOf(slice)] },
            }),
          ),
        },
      ] as const;
    }),
  );
  const identity =
    scope.identityIn === undefined
      ? undefined
      : createReflector<ConfigMap>(kube, configMaps, {
          ...common,
          namespace: scope.identityIn,
          fieldSelector: `metadata.name=${ownNames.identity}`,
          transform: reduceConfigMap,
          budget: { account: budget.account(), weigh },
        });
  const everyScope = [...watched.values()];
  // a peer without an identity to read is no reason to call its API server unreachable
  const essential: Reflector<never>[] = everyScope.flatMap(
    ({ services, slices }) => [services, ...slices] as unknown as Reflector<never>[],
  );
  const reflectors = [
    ...essential,
    ...(identity === undefined ? [] : [identity as unknown as Reflector<never>]),
  ];
  const checkHistory = createRewindCheck(reflectors, log);

  for (const { services, slices } of everyScope) {
    services.cache.onChange(({ object }) =>
      onChange({ kind: 'service', key: `${object.metadata.namespace}/${object.metadata.name}` }),
    );
    for (const { cache } of slices)
      cache.onChange(({ object }) => onChange({ kind: 'service', key: ownerOf(object) }));
  }
  identity?.cache.onChange(() => onChange({ kind: 'identity' }));
  for (const reflector of reflectors) reflector.onState(() => onChange({ kind: 'state' }));

  const synced = () =>
    everyScope.every(({ services, slices }) => [services, ...slices].every(({ cache }) => cache.synced));
  const problem = (): RemoteProblem | undefined => {
    const failing = essential.flatMap(({ state }) =>
      state.phase === 'failing' ? [{ error: state.error, since: state.since }] : [],
    );
    return [...failing, ...(pingProblem === undefined ? [] : [pingProblem])].toSorted(
      (a, b) => a.since - b.since,
    )[0];
  };

  /** A watch over a dead connection stays silent long after the network is back, and a back-off may be long. */
  function reconnect(): void {
    for (const reflector of reflectors) reflector.reconnect();
  }

  async function ping(signal: AbortSignal): Promise<void> {
    const before = pingProblem;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(pingDeadline)]);
    try {
      const answer = (await kube.raw('/version', inTime)) as { gitVersion?: unknown } | null;
      const said = answer?.gitVersion;
      version = typeof said === 'string' ? said.slice(0, maxVersion).toWellFormed() : undefined;
      pingProblem = undefined;
      if (before !== undefined) reconnect();
    } catch (error) {
      if (signal.aborted) return;
      pingProblem = { error, since: before?.since ?? clock.now() };
      if (before === undefined) reconnect();
    }
    if ((before === undefined) !== (pingProblem === undefined)) onChange({ kind: 'state' });
    // whether it may be listed is what the reflectors tell
    if (pingProblem === undefined) await checkHistory(inTime).catch(() => undefined);
  }

  return {
    view(namespace, name) {
      const scope = watched.get(undefined) ?? watched.get(namespace);
      const failing = problem();
      const service = scope?.services.cache.get(`${namespace}/${name}`);
      return {
        synced: synced(),
        ...(failing !== undefined && { failingSince: failing.since }),
        ...(service !== undefined && { service }),
        slices: scope?.slices.flatMap(({ cache }) => cache.by('service', `${namespace}/${name}`)) ?? [],
      };
    },
    identity: () => ({
      synced: identity?.cache.synced ?? false,
      object: identity?.cache.list()[0],
      ...(identity?.state.phase === 'failing' && { error: identity.state.error }),
    }),
    get synced() {
      return synced();
    },
    get problem() {
      return problem();
    },
    get uid() {
      return uid;
    },
    get version() {
      return version;
    },
    ping,
    async run(signal) {
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
      await kube.close();
    },
  };
}

function ownerOf(slice: Readonly<EndpointSlice>): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.[keys.serviceName] ?? ''}`;
}

/** Value of the managed-by label in the slices that a cluster's own controller writes. */
const ownController = 'endpointslice-controller.k8s.io';

/**
 * Which slices are read where a selector chooses Services. Those of the cluster's own controller carry the labels of their
 * Service. Those of others (written by hand, or made of Endpoints) carry what they like: they are few, and all are read.
 */
function sliceSelections(selector: string | undefined): { labelSelector?: string }[] {
  if (selector === undefined || selector === '') return [{}];
  return [
    { labelSelector: `${selector},${keys.sliceManagedBy}=${ownController}` },
    { labelSelector: `${keys.serviceName},${keys.sliceManagedBy}!=${ownController}` },
  ];
}
