import type { ConfigMap, EndpointSlice, Service } from '../../api/objects.js';
import { isClusterUid, maxUid } from '../../api/linkstatus.js';
import { keys, managedBy, ownNames, sliceController } from '../../api/names.js';
import {
  configMaps,
  endpointSlices,
  keyOf,
  namespaces,
  serviceOfSlice,
  services,
} from '../../api/resources.js';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createBudget } from '../../runtime/budget.js';
import { NetworkError } from '../../runtime/errors.js';
import { remoteCacheBytes } from '../../runtime/limits.js';
import { createReflector, type Reflector } from '../../runtime/reflector/reflector.js';
import { watchForRewind } from '../../runtime/rewind.js';
import { ClusterChangedError, contactProblem, type RemoteProblem } from './contact.js';
import type { Remote, RemoteChange } from './remote.js';
import { createPing } from './ping.js';
import { createForeignSlices } from './foreignslices.js';
import { reduceOwnSlice, weighOwnSlice } from './ownslices.js';
import { reduceConfigMap, reduceService, reduceSlice, weigh } from './reduced.js';

/** The selection of the objects that are read from an API server. */
export interface ApiScope {
  readonly selector?: string;
  /** Empty: the whole cluster in one watch. */
  readonly namespaces: readonly string[];
  /** The namespace of the peer's published identity (transport gateway); absent: it is not read. */
  readonly identityIn?: string;
  /** Whether its Services and slices are read; `false`: only the peer's published identity. @default true */
  readonly services?: boolean;
  /** Whether it is this cluster itself, whose slices are kept with their nodes and references. @default false */
  readonly own?: true;
  /** The required UID of the cluster; absent: the first one found is taken. */
  readonly pinnedUid?: string;
}

/** Lists that begin within this time (ms) begin together. */
const together = 1_000;

/**
 * Reads one remote cluster from its API server, and asks that from time to time whether it is there and whether
 * it was restored from a backup; nothing starts before `run`.
 *
 * @param options.cacheBytes what is kept of it at most
 */
export function createApiRemote(
  kube: KubeClient,
  scope: ApiScope,
  options: { clock: Clock; log: Log; onChange: (change: RemoteChange) => void; cacheBytes?: number },
): Remote {
  const { clock, log, onChange, cacheBytes = remoteCacheBytes } = options;
  const budget = createBudget(cacheBytes);
  let uid: string | undefined;
  /** The contact in a Link's status, as it was last reported. */
  let shown = '';
  /** The standing of the cluster, as it was last reported. */
  let told = '';

  async function checkCluster(signal: AbortSignal): Promise<void> {
    const system = await kube.get(namespaces, 'kube-system', signal);
    const found: unknown = system.metadata?.uid;
    if (!isClusterUid(found))
      throw new NetworkError(`namespace kube-system has no UID of at most ${maxUid} characters`, {
        code: 'ERR_NO_OBJECT',
      });
    const expected = scope.pinnedUid ?? uid;
    if (expected !== undefined && expected !== found) throw new ClusterChangedError(expected, found);
    uid = found;
  }

  let checking: { readonly since: number; readonly done: Promise<void> } | undefined;
  /** Lists that begin together ask together; who comes later does not wait on a connection that may be dead. */
  const beforeList = (signal: AbortSignal) => {
    const now = clock.monotonic();
    if (checking !== undefined && now - checking.since < together) return checking.done;
    const done = checkCluster(signal).finally(() => {
      if (checking?.done === done) checking = undefined;
    });
    checking = { since: now, done };
    return done;
  };

  const isOwn = scope.own === true;
  const common = { clock, log, beforeList };
  const selection = scope.selector === undefined ? {} : { labelSelector: scope.selector };
  const inAll = scope.namespaces.length === 0 ? [undefined] : scope.namespaces;
  const scopes = scope.services === false ? [] : inAll;
  const watched = new Map(
    scopes.map((namespace) => {
      const where = namespace === undefined ? {} : { namespace };
      const { selected, others } = sliceSelections(scope.selector);
      const ofServices = createReflector<Service>(kube, services, {
        ...{ ...common, ...where, ...selection },
        transform: reduceService,
        indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
        budget: { account: budget.account(), weigh },
      });
      const ofSlices = createReflector<EndpointSlice>(kube, endpointSlices, {
        ...{ ...common, ...where, ...selected },
        transform: isOwn ? reduceOwnSlice : reduceSlice,
        budget: { account: budget.account(), weigh: isOwn ? weighOwnSlice : weigh },
        indexes: { service: (slice) => [serviceOfSlice(slice)] },
      });
      const foreign = { ...common, ...where, services: ofServices, account: budget.account() };
      const slices =
        others === undefined
          ? [ofSlices]
          : [ofSlices, createForeignSlices(kube, { ...foreign, labelSelector: others })];
      return [namespace, { services: ofServices, slices }] as const;
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
  // a missing identity does not mean that the API server is unreachable
  const essential: Reflector<never>[] = everyScope.flatMap(
    ({ services, slices }) => [services, ...slices] as unknown as Reflector<never>[],
  );
  const reflectors = [
    ...essential,
    ...(identity === undefined ? [] : [identity as unknown as Reflector<never>]),
  ];
  const ping = createPing(kube, {
    clock,
    onAnswer(turned) {
      // a watch over a dead connection stays silent long after the network is back, and a backoff may be long
      if (turned) for (const reflector of reflectors) reflector.reconnect();
      if (turned) tell('state');
      else if (show() !== shown) tell('contact');
    },
  });

  // before everything is read, no service can be judged, and the change of state concerns them all
  const changed = (part: 'service' | 'endpoints', key: string) =>
    void (synced() && onChange({ kind: 'service', part, key }));
  for (const { services, slices } of everyScope) {
    services.cache.onChange(({ object }) => changed('service', keyOf(object)));
    for (const { cache } of slices)
      cache.onChange(({ object }) => changed('endpoints', serviceOfSlice(object)));
  }
  identity?.cache.onChange(() => onChange({ kind: 'identity' }));
  identity?.onState(() => tell('state'));
  for (const reflector of essential) reflector.onState(() => tell(standing() === told ? 'contact' : 'state'));

  const synced = () =>
    everyScope.every(({ services, slices }) => [services, ...slices].every(({ cache }) => cache.synced));
  const problem = (): RemoteProblem | undefined => {
    const failing = essential.flatMap(({ state }) =>
      state.phase === 'failing' ? [{ error: state.error, since: state.since }] : [],
    );
    return [...failing, ...(ping.problem === undefined ? [] : [ping.problem])].toSorted(
      (a, b) => a.since - b.since,
    )[0];
  };

  function show(): string {
    const failing = problem();
    return JSON.stringify([failing && contactProblem(failing.error), ping.version]);
  }

  /** What mirrors see of the state. */
  function standing(): string {
    return JSON.stringify([synced(), problem()?.since]);
  }

  function tell(kind: 'state' | 'contact'): void {
    shown = show();
    told = standing();
    onChange({ kind });
  }

  return {
    view(namespace, name) {
      const scope = watched.get(undefined) ?? watched.get(namespace);
      const failing = problem();
      const service = scope?.services.cache.get(`${namespace}/${name}`);
      return {
        // another namespace of this cluster is read when the remote that follows has read it
        synced: synced() && (scope !== undefined || !isOwn),
        ...(failing !== undefined && { failingSince: failing.since }),
        ...(service !== undefined && { service }),
        slices: scope?.slices.flatMap(({ cache }) => cache.by('service', `${namespace}/${name}`)) ?? [],
      };
    },
    services: (namespace) =>
      everyScope.flatMap(({ services: { cache } }) =>
        (namespace === undefined ? cache.list() : cache.by('namespace', namespace)).map(keyOf),
      ),
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
      return ping.version;
    },
    async run(signal) {
      await Promise.all([
        ...reflectors.map((reflector) => reflector.run(signal)),
        ping.run(signal),
        watchForRewind(reflectors, { clock, log }, signal),
      ]);
      await kube.close();
    },
  };
}

/** Slices of mirrors of that cluster are never read: a mirror is not mirrored again, and there may be very many. */
const notMirrors = `${keys.sliceManagedBy}!=${managedBy}`;

/**
 * The slices to read. Those of the cluster's own controller have the labels of their Service, so the selector for
 * Services chooses them. Others (written by hand, or made from Endpoints) may have any labels.
 */
function sliceSelections(selector: string | undefined): {
  selected: { labelSelector?: string };
  /** Absent: there are no others. */
  others?: string;
} {
  if (selector === undefined || selector === '') return { selected: { labelSelector: notMirrors } };
  return {
    selected: { labelSelector: `${selector},${keys.sliceManagedBy}=${sliceController}` },
    others: `${keys.serviceName},${keys.sliceManagedBy}!=${sliceController},${notMirrors}`,
  };
}
