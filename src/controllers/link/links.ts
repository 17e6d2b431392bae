import { localCluster } from '../../api/backends.js';
import { conditionOf, timestamp, toConditions } from '../../api/conditions.js';
import { withProgress } from '../../api/kstatus.js';
import { storedSpec, type Link } from '../../api/link.js';
import type { ImportCount } from '../../api/linkstatus.js';
import { fingerprints } from '../../pki/bundle.js';
import { servedPeer } from '../../peers/decide.js';
import { connect, type ConnectOptions } from './connect.js';
import type { DesiredLinkCondition } from './contact.js';
import { kubeconfigReader } from './kubeconfigs.js';
import { createOwnScope } from './ownscope.js';
import type { PeerRegistry } from './peerregistry.js';
import type { LinkStatuses, LinkStatusPart } from './statuswrites.js';

/** The dependencies of the links controller. */
export interface LinksOptions extends Omit<ConnectOptions, 'readKubeconfig' | 'registry'> {
  readonly registry: PeerRegistry;
  readonly statuses: LinkStatuses;
  /** What the status of a Link says of its automatic and federated mirrors. */
  readonly importsOf: (link: Readonly<Link>) => ImportsStatus;
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
    // a catalog does not tell the version of an API server
    const before = isRead(object) ? object.status?.remoteVersion : undefined;
    const version = remotes.newest(name)?.version ?? before;
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

/** Whether an API server is read over a Link. */
function isRead(link: Readonly<Link>): boolean {
  return storedSpec(link).credentialsSecretRef !== undefined;
}

/** Whether this is the same Link with the same spec. */
function isSame({ metadata: a }: Readonly<Link>, { metadata: b }: Readonly<Link>): boolean {
  return a.uid === b.uid && a.generation === b.generation;
}

function notSound(problems: readonly string[]): DesiredLinkCondition {
  return { type: 'Connected', status: 'False', reason: 'InvalidSpec', message: problems.join('; ') };
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
