import { localCluster } from '../api/backends.js';
import { endpointSlices, serviceMirrors, services } from '../api/resources.js';
import { wholeShare, type Share } from '../api/shares.js';
import { createResolver } from '../net/resolve.js';
import type { GatewayFacts } from '../transport/transport.js';
import { createApplier, type BeginWrite } from '../runtime/apply.js';
import { createBreather } from '../runtime/breather.js';
import type { Clock } from '../runtime/clock.js';
import { createController, type Controller, type ControllerOptions } from '../runtime/controller.js';
import { recorder } from '../runtime/events.js';
import { createHold } from '../runtime/hold.js';
import { createKube, type KubeClient } from '../runtime/kube.js';
import { parseRemote } from '../runtime/remotekubeconfig.js';
import { remoteLimits } from '../runtime/limits.js';
import { createInFlight, withMeasuredWrites } from '../runtime/inflight.js';
import type { Liveness } from '../runtime/liveness.js';
import type { Log } from '../runtime/log.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Address } from '../net/address.js';
import type { CertificateSource } from '../pki/profile.js';
import { createHeadlessPods } from '../exports/headless.js';
import { reconcileExports } from './export/exports.js';
import { createWebhooks } from './export/webhooks.js';
import { importsOf } from './import/counts.js';
import { createDeletions } from './import/deletions.js';
import { reconcileImports } from './import/imports.js';
import { remoteOf } from './import/keys.js';
import { createLiveLinks } from './import/livelinks.js';
import { standing } from './import/standing.js';
import { createUnmadeMirrors } from './import/unmade.js';
import { createAdvertised } from './gateway/advertised.js';
import { reconcileEndpoints } from './mirror/endpoints.js';
import { measureExpiry } from './gateway/expiry.js';
import { createFirstStatuses } from './mirror/firststatus.js';
import { createFamilyRegistry } from './mirror/families.js';
import { createGather } from './mirror/gather.js';
import { createLiveMirrors } from './mirror/livemirrors.js';
import { createEgressGateways } from './gateway/egress.js';
import { leafSecrets, leafReader } from './gateway/certificates.js';
import { reconcileGateway } from './gateway/gateway.js';
import { reconcileHealth } from './link/health.js';
import { createCatalogRemote } from './link/catalogremote.js';
import { entriesOf } from './link/dialthrough.js';
import { createPeerRegistry } from './link/peerregistry.js';
import { reconcileLink } from './link/links.js';
import { createMirrorEvents } from './mirror/mirrorevents.js';
import { isMirrored } from './mirror/orphans.js';
import { reconcilePods } from './mirror/pods.js';
import { createPortReservations } from './mirror/portreservations.js';
import { createGatewayProbes } from './link/probes.js';
import { createRefusals } from './refusals.js';
import { createLinkStatuses } from './link/statuswrites.js';
import { createRemotes } from './link/remotes.js';
import { createRenewals } from './link/renewals.js';
import { reconcileInvitation } from './invitation/invitations.js';
import { reconcileRotation } from './rotation/rotation.js';
import { reconcileService } from './mirror/services.js';
import { reconcileStatus } from './mirror/status.js';
import { createStatusRoom } from './mirror/statusroom.js';
import type { MemoryName, QueueName, Wake } from './queues.js';
import { wiring } from './wiring.js';
import type { LocalCaches, Self } from './caches.js';
import { createDuty } from './duty.js';

/** Name of our field manager, which marks the fields that we own in an object. */
const fieldManager = 'service-mirror';

/** How a client of our own API server is made, besides its clock and its metrics. */
export const localClient = {
  fieldManager,
  // their controllers wait for a server that has too much to do
  heldBack: new Set([services, endpointSlices, serviceMirrors].map(({ plural }) => plural)),
} as const;

/** The options of a leading operator. */
export interface OperatorOptions {
  readonly kube: KubeClient;
  readonly caches: LocalCaches;
  /** Lets the caches know of our own writes. */
  readonly beginWrite: BeginWrite;
  readonly self: Self;
  /** Addresses of egress gateways outside of the cluster. */
  readonly egressAddresses: readonly string[];
  /** Addresses at which peers reach our ingress gateway; empty: as its Service says. */
  readonly gatewayAddresses: readonly Address[];
  readonly certificates?: CertificateSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Is notified of each reconcile. */
  readonly liveness?: Liveness;
  /** Names this process in events. */
  readonly instance: string;
  /** The share of the Links that this process works for. @default all Links */
  readonly share?: Share;
}

type Reconcile = ControllerOptions['reconcile'];

/** Keys of one queue that are worked on at once at most; each waits for a write, or for a few. */
const most = 24;

/** How many writes the local API server takes at once, by what is written. */
function writesInFlight(clock: Clock) {
  const kind = () => createInFlight({ clock, most });
  return {
    [services.plural as 'services']: kind(),
    [endpointSlices.plural as 'endpointslices']: kind(),
    [serviceMirrors.plural as 'servicemirrors']: kind(),
  };
}

/** Runs all controllers until the signal aborts; the caches must be synced. */
export async function runControllers(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { kube, caches, self, clock, log, metrics } = options;
  const duty = createDuty(options.share ?? wholeShare, caches);
  const wake: Wake = (queue, key, { afterMs = 0, urgency } = {}) => {
    if (duty.has(queue, key)) controllers[queue].enqueueAfter(key, afterMs, urgency);
  };
  const table = wiring(caches, {
    wake,
    forget: (memory, key = '') => memories[memory](key),
    isInLine: (queue, key) => controllers[queue].has(key),
    isOurs: (mirror) => duty.hasMirror(mirror),
    isRead: (link) => remotes.get(link)?.synced === true,
    remoteServices: (link, namespace) => remotes.get(link)?.services(namespace) ?? [],
    waitingFor: (mirror) => unmade.waitingFor(mirror),
    unmadeOf: (link) => unmade.of(link),
    noted: (link, key) => deletions.noted(link, key),
    suspect: (mirror) => liveMirrors.suspect(mirror),
  });
  const inFlight = writesInFlight(clock);
  const applier = createApplier(withMeasuredWrites(kube, inFlight), {
    ...{ fieldManager, log, metrics },
    beginWrite: options.beginWrite,
  });
  const connect = (link: string, kubeconfig: () => string) =>
    link === localCluster
      ? { ...kube, close: async () => {} }
      : createKube(
          { ...parseRemote(kubeconfig()), load: async () => parseRemote(kubeconfig()).load() },
          { fieldManager, metrics, clock, cluster: link, limits: remoteLimits },
        );
  const resolver = createResolver({ clock });
  const operatorLeaf = leafReader(caches.secrets, `${self.namespace}/${leafSecrets.operator}`);
  const entries = (link: string) =>
    entriesOf({ pods: egressGateways.pods, link, cluster: self.cluster, identity: operatorLeaf() });
  const remotes = createRemotes({
    ...{ connect, clock, log },
    readCatalog: (o) => createCatalogRemote({ ...o, resolver, identity: operatorLeaf, clock, entries }),
    onChange: table.remote,
    onDropped: table.unwatched,
  });
  const registry = createPeerRegistry({ caches, remotes, self, clock });
  const renewals = createRenewals({
    connect: (link, kubeconfig) => connect(link, () => kubeconfig),
    ...{ applier, clock, log },
  });
  const probes = createGatewayProbes({ resolver, clock, onChange: table.probe });
  const ports = createPortReservations(kube, { namespace: self.namespace, caches, duty, clock });
  const refusals = createRefusals({ clock, log, onChange: table.refusal });
  const egressGateways = createEgressGateways({
    pods: caches.pods,
    fixed: options.egressAddresses,
    tls: operatorLeaf,
    cluster: self.cluster,
    listed: (addresses) =>
      addresses.some((address) =>
        caches.slices.by('address', address).some((slice) => isMirrored(slice, caches)),
      ),
    onChange: table.egressGateways,
    share: duty.share.index,
    clock,
    log,
  });
  const advertised = createAdvertised({
    ...{ kube, caches, self, clock, log },
    fixed: options.gatewayAddresses,
    onChange: table.addresses,
  });
  const webhooks = createWebhooks({ kube, clock, log, onChange: table.exported });
  // what the gateways check beyond that only keeps out what somebody has made up
  const pods = createHeadlessPods({ kube, check: false, clock, log });
  pods.onChange(table.exported);
  const facts = (link: string): GatewayFacts => {
    const peer = registry.peer(link);
    const probed = probes.get(link);
    return {
      egress: { complete: egressGateways.complete, pods: egressGateways.pods },
      ...(peer?.kind === 'problem' && peer.kept === undefined && { peerProblem: peer }),
      ...(probed !== undefined && { probed }),
    };
  };
  measureExpiry({ caches, self, registry: metrics.registry });
  const events = recorder(kube, { component: 'service-mirror', instance: options.instance, clock, log });
  const mirrorEvents = createMirrorEvents({ events, links: caches.links, clock });
  const families = createFamilyRegistry({ clock, onChange: table.families });
  const gather = createGather({ caches, remotes, ports, links: registry, facts, families });
  const isInLine = (key: string) => controllers.services.has(key) || controllers.endpoints.has(key);
  const firsts = createFirstStatuses({ clock, isInLine });
  const liveMirrors = createLiveMirrors(kube);
  const unmade = createUnmadeMirrors(table.imports);
  const deletions = createDeletions({ clock, onChange: table.held, ...standing(caches, remotes) });
  const told = { events, mirrorEvents, refusals };
  const mirrors = { kube, gather, caches, ports, families, clock, applier, firsts, liveMirrors, ...told };
  const { certificates = 'own' } = options;
  const certified = { caches, applier, events, self, clock, log, certificates };
  const statuses = createLinkStatuses({ links: caches.links, ...{ applier, events, refusals } });
  const linked = { caches, registry, statuses, clock };
  const breathe = createBreather(clock);
  const make = (
    name: QueueName,
    workers: number,
    reconcile: Reconcile,
    more: Partial<ControllerOptions> = {},
  ) =>
    createController({
      // what was this process's when it was put into the queue may be another's when its turn comes
      ...{ name, workers, reconcile: duty.within(name, reconcile), breathe, log, clock, metrics },
      liveness: options.liveness,
      ...{ onDone: table.done, ...more },
    });
  /** One for all kinds: when the API server takes writes again, the bulk of one must not be ahead of another's traffic. */
  const hold = createHold(clock);
  const makeWriting = (name: QueueName, reconcile: Reconcile, atOnce: () => number) =>
    make(name, most, reconcile, { atOnce, hold, groupOf: duty.linkOf });
  const statusRoom = createStatusRoom({
    ...{ clock, limit: () => inFlight.servicemirrors.limit },
    carrying: () => [controllers.services, controllers.endpoints],
  });
  // whose a mirror is, is asked again after the pause
  const statusInTurn = statusRoom.inTurn(duty.within('status', reconcileStatus(mirrors)));
  const controllers: Readonly<Record<QueueName, Controller>> = {
    services: makeWriting('services', reconcileService(mirrors), () => inFlight.services.limit),
    endpoints: makeWriting('endpoints', reconcileEndpoints(mirrors), () => inFlight.endpointslices.limit),
    status: makeWriting('status', statusInTurn, statusRoom.atOnce),
    pods: makeWriting('pods', reconcilePods(mirrors), () => inFlight.servicemirrors.limit),
    automatic: make(
      'automatic',
      most,
      reconcileImports({
        ...{ caches, remotes, registry, applier, refusals, events, deletions, unmade, self, clock },
        live: createLiveLinks({ kube, clock }),
      }),
      { hold, atOnce: () => inFlight.servicemirrors.limit, groupOf: (key) => remoteOf(key).cluster },
    ),
    links: make(
      'links',
      8,
      reconcileLink({
        ...linked,
        importsOf: (link) => importsOf(link, { caches, unmade, deletions }),
        ...{ remotes, renewals, duty, self },
      }),
    ),
    health: make('health', 4, reconcileHealth({ ...linked, probes, facts })),
    exports: make('exports', 1, reconcileExports({ ...certified, registry, statuses, webhooks, pods })),
    invitations: make('invitations', 1, reconcileInvitation({ ...certified, registry })),
    gateway: make('gateway', 1, reconcileGateway({ ...certified, registry, advertised })),
    rotation: make(
      'rotation',
      1,
      certificates === 'external'
        ? async () => {}
        : reconcileRotation({ ...certified, registry, statuses, facts }),
    ),
  };
  const memories: Readonly<Record<MemoryName, (key: string) => void>> = {
    peers: () => registry.invalidate(),
    remote: (link) => remotes.drop(link),
    deletions: (link) => deletions.forget(link),
    selection: (link) => deletions.expect(link),
    unmade: (link) => unmade.forget(link),
    renewals: (link) => renewals.forget(link),
    probes: (link) => probes.drop(link),
    series: (link) => void metrics.forget({ cluster: link }),
    ports: (uid) => ports.release(uid),
    firsts: (mirror) => firsts.forget(mirror),
    suspects: (mirror) => liveMirrors.forget(mirror),
    refusals: (key) => refusals.forget(key),
  };
  const stops = [
    caches.mirrors.onChange(table.mirror),
    caches.links.onChange(table.link),
    caches.invitations.onChange(table.invitation),
    caches.services.onChange(table.service),
    caches.slices.onChange(table.slice),
    caches.namespaces.onChange(table.namespace),
    caches.secrets.onChange(table.secret),
    caches.configMaps.onChange(table.configMap),
  ];
  table.everything();
  await Promise.all([
    egressGateways.run(signal),
    ...Object.values(controllers).map((controller) => controller.run(signal)),
  ]);
  for (const stop of stops) stop();
  for (const part of [hold, advertised, webhooks, pods, probes, mirrorEvents, events]) part.stop();
  await remotes.stop();
}
