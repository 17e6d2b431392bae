import { localCluster } from '../../api/backends.js';
import { conditionOf, timestamp, toConditions } from '../../api/conditions.js';
import { withProgress } from '../../api/kstatus.js';
import type { Link } from '../../api/link.js';
import type { ImportCount } from '../../api/linkstatus.js';
import { credentialsType } from '../../api/names.js';
import { fingerprints } from '../../pki/bundle.js';
import { servedPeer } from '../../peers/decide.js';
import type { Clock } from '../../runtime/clock.js';
import { isForbidden } from '../../runtime/errors.js';
import { labelSelectorToString } from '../../runtime/selector.js';
import type { LocalCaches, Self } from '../caches.js';
import type { Duty } from '../duty.js';
import { contactProblem, connectedCondition, type DesiredLinkCondition } from './contact.js';
import { kubeconfigKey, kubeconfigReader } from './kubeconfigs.js';
import { createOwnScope } from './ownscope.js';
import type { PeerRegistry } from './peerregistry.js';
import type { Remotes } from './remotes.js';
import type { LinkStatuses, LinkStatusPart } from './statuswrites.js';
import type { Renewals } from './renewals.js';

/** The dependencies of the links controller. */
export interface LinksOptions {
  readonly caches: LocalCaches;
  readonly remotes: Remotes;
  readonly renewals: Renewals;
  readonly registry: PeerRegistry;
  readonly statuses: LinkStatuses;
  /** What the status of a Link says of its automatic and federated mirrors. */
  readonly importsOf: (link: Readonly<Link>) => ImportsStatus;
  readonly duty: Pick<Duty, 'hasLink' | 'reads'>;
  readonly self: Self;
  readonly clock: Clock;
  /** @default each Secret is read once */
  readonly readKubeconfig?: ReturnType<typeof kubeconfigReader>;
}

/** What the status of a Link says of its automatic and federated mirrors. */
export interface ImportsStatus {
  /** Absent: there are none, and there should be none. */
  readonly counts?: ImportCount;
  /** Why mirrors are kept whose Services are gone; absent: none is. */
  readonly held?: string;
}

/** Credentials and CAs expire without an event, so the controller checks them this often (ms). */
const lookAgain = 60_000;

/** The field manager of this controller's part of a Link's status. */
const manager = 'service-mirror-links';

/**
 * Connects to remote clusters, and writes the related parts of a Link's status: all but `GatewayHealthy` and
 * `gateway`. Of the Links of other shares it reads only what the peer publishes, because one Link's peer depends on all
 * of them; it writes nothing.
 */
export function reconcileLink(
  options: LinksOptions,
): (name: string, signal: AbortSignal) => Promise<{ requeueAfter: number } | void> {
  const {
    caches,
    remotes,
    registry,
    statuses,
    importsOf,
    clock,
    readKubeconfig = kubeconfigReader(),
  } = options;
  const readOwn = ownReading(options);
  return async (name, signal) => {
    if (name === localCluster) return readOwn();
    const object = caches.links.get(name);
    if (object === undefined) return;
    const link = registry.get(name);
    const connected =
      link === undefined
        ? notSound(registry.problems(name))
        : await connect(link, { ...options, readKubeconfig }, signal);
    if (signal.aborted || !options.duty.hasLink(name)) return;
    // After a restart, before the first answer, the present status stays: otherwise every restart would rewrite all
    // Links.
    if (connected.reason === 'Pending' && conditionOf(object, 'Connected') !== undefined) return;
    const later = await statuses.write(name, {
      manager,
      // a Link that has changed otherwise meanwhile has also woken us again
      decide: (actual) => (isSame(actual, object) ? linkStatus(actual, connected, options) : undefined),
    });
    if (later !== undefined || link?.spec.credentialsSecretRef === undefined) return later;
    return { requeueAfter: lookAgain };
  };

  function linkStatus(
    object: Readonly<Link>,
    connected: DesiredLinkCondition,
    { self }: LinksOptions,
  ): LinkStatusPart {
    const { name, generation } = object.metadata;
    const mirrors = caches.mirrors.by('link', name);
    const ready = mirrors.filter((mirror) => conditionOf(mirror, 'Ready')?.status === 'True').length;
    const served = servedPeer(registry.peer(name));
    const uid = remotes.get(name)?.uid ?? object.status?.peer?.uid;
    const version = remotes.newest(name)?.version ?? object.status?.remoteVersion;
    const now = new Date(clock.now());
    const peer =
      served === undefined
        ? {}
        : { cluster: served.cluster, caFingerprints: fingerprints(served.caBundle, now) };
    const healthy = conditionOf(object, 'GatewayHealthy');
    const { counts: imports, held } = importsOf(object);
    const desired = withProgress([connected, readyCondition(connected, healthy, held)]);
    return {
      ...(generation !== undefined && { observedGeneration: generation }),
      conditions: toConditions(desired, object.status?.conditions, {
        now: timestamp(clock.now()),
        generation,
      }),
      mirrors: { total: mirrors.length, ready: ready, display: `${ready}/${mirrors.length}` },
      ...(imports !== undefined && { imports }),
      peer: { ...peer, ...(uid !== undefined && uid !== self.uid && { uid }) },
      ...(version !== undefined && { remoteVersion: version }),
    };
  }
}

/** Reads this cluster's own Services and slices for as long as mirrors have them among their backends. */
function ownReading({ caches, remotes, duty }: LinksOptions): () => void {
  const scopeOf = createOwnScope();
  return () => {
    const users = duty.reads(localCluster) ? caches.mirrors.by('link', localCluster) : [];
    const namespaces = scopeOf(new Set(users.map(({ metadata }) => metadata.namespace ?? '')));
    if (namespaces === undefined) return remotes.drop(localCluster);
    remotes.ensure(localCluster, { kubeconfig: '', verified: true, scope: { namespaces, own: true } });
  };
}

/** Whether this is the same Link with the same spec. */
function isSame({ metadata: a }: Readonly<Link>, { metadata: b }: Readonly<Link>): boolean {
  return a.uid === b.uid && a.generation === b.generation;
}

function notSound(problems: readonly string[]): DesiredLinkCondition {
  return { type: 'Connected', status: 'False', reason: 'InvalidSpec', message: problems.join('; ') };
}

/** The state of a Link that another replica reads and tells of. */
const elsewhere: DesiredLinkCondition = {
  type: 'Connected',
  status: 'Unknown',
  reason: 'Pending',
  message: '',
};

async function connect(
  link: Readonly<Link>,
  options: Required<LinksOptions>,
  signal: AbortSignal,
): Promise<DesiredLinkCondition> {
  const { caches, remotes, renewals, duty, self, clock, readKubeconfig } = options;
  const { name } = link.metadata;
  const { credentialsSecretRef, imports, transport } = link.spec;
  const not = (reason: DesiredLinkCondition['reason'], message: string): DesiredLinkCondition => ({
    type: 'Connected',
    status: 'False',
    reason,
    message,
  });
  if (credentialsSecretRef === undefined) {
    remotes.drop(name);
    return {
      type: 'Connected',
      status: 'Unknown',
      reason: 'ExportOnly',
      message: 'this Link names no credentials, so nothing is imported over it',
    };
  }
  const isMine = duty.hasLink(name);
  const isRead = isMine || duty.reads(name);
  if (!isRead && transport !== 'gateway') {
    remotes.drop(name);
    return elsewhere;
  }
  const secret = caches.secrets.get(`${self.namespace}/${credentialsSecretRef.name}`);
  const encoded = secret?.data?.[kubeconfigKey];
  if (secret === undefined || encoded === undefined || secret.type !== credentialsType) {
    remotes.freeze(name);
    const what =
      secret === undefined
        ? 'does not exist'
        : encoded === undefined
          ? 'has no key "kubeconfig"'
          : `is of type ${secret.type}`;
    return not(
      'CredentialsMissing',
      `spec.credentialsSecretRef: Secret ${self.namespace}/${credentialsSecretRef.name} ${what}; make it with type ${credentialsType} and the key "kubeconfig"`,
    );
  }
  const kubeconfig = readKubeconfig(secret);
  if (!kubeconfig.ok) {
    remotes.freeze(name);
    return not(
      'CredentialsRejected',
      `Secret ${self.namespace}/${credentialsSecretRef.name}: ${kubeconfig.error.message}`,
    );
  }
  const { text, config } = kubeconfig;
  const pinnedUid = link.status?.peer?.uid;
  remotes.ensure(name, {
    kubeconfig: text,
    verified: config.verified,
    scope: {
      ...(imports?.selector !== undefined && { selector: labelSelectorToString(imports.selector) }),
      namespaces: imports?.remoteNamespaces ?? [],
      ...(transport === 'gateway' && { identityIn: self.namespace }),
      ...(pinnedUid !== undefined && { pinnedUid }),
      ...(!isRead && { services: false }),
    },
  });
  if (!isMine) return elsewhere;
  const remote = remotes.newest(name);
  const { problem } = remote ?? {};
  // only the Link's own cluster is asked for a new token, while it answers
  const asks = remote?.uid !== undefined && (problem === undefined || isForbidden(problem.error));
  const renewal = asks ? await renewals.renew(name, { secret, text, config }, signal) : 'none';
  if (problem !== undefined) return { type: 'Connected', status: 'False', ...contactProblem(problem.error) };
  if (remote?.synced !== true)
    return {
      type: 'Connected',
      status: 'Unknown',
      reason: 'Pending',
      message: 'reading the remote cluster for the first time',
    };
  return connectedCondition(config, renewal, clock.now());
}

/** Whether the Link works; an unused direction is no fault. */
function readyCondition(
  connected: DesiredLinkCondition,
  healthy: ReturnType<typeof conditionOf>,
  held: string | undefined,
): DesiredLinkCondition {
  const ready = (
    status: DesiredLinkCondition['status'],
    reason: DesiredLinkCondition['reason'],
    message: string,
  ) => ({
    type: 'Ready',
    status,
    reason,
    message,
  });
  if (connected.status === 'False') return ready('False', connected.reason, connected.message);
  if (held !== undefined) return ready('False', 'DeletionHeld', held);
  if (connected.reason === 'Pending') return ready('Unknown', 'Pending', connected.message);
  if (healthy === undefined) return ready('Unknown', 'Pending', 'waits for the first word on the gateway');
  if (healthy.status === 'False')
    return ready('False', healthy.reason as DesiredLinkCondition['reason'], healthy.message);
  if (healthy.status === 'Unknown' && healthy.reason !== 'NotUsed')
    return ready('Unknown', 'Pending', healthy.message);
  return ready(
    'True',
    'Ready',
    connected.reason === 'ExportOnly'
      ? 'ready to export; nothing is imported'
      : 'connected, and the way for traffic is open',
  );
}
