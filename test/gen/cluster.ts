import type { KubeObject } from '../../src/api/objects.js';
import type { Link } from '../../src/api/link.js';
import { importsOf } from '../../src/controllers/import/counts.js';
import type { ImportsStatus } from '../../src/controllers/link/links.js';
import { createDeletions, type Deletions } from '../../src/controllers/import/deletions.js';
import { createLiveLinks, type LiveLinks } from '../../src/controllers/import/livelinks.js';
import { standing } from '../../src/controllers/import/standing.js';
import { createUnmadeMirrors, type UnmadeMirrors } from '../../src/controllers/import/unmade.js';
import { createFamilyRegistry } from '../../src/controllers/mirror/families.js';
import { createFirstStatuses } from '../../src/controllers/mirror/firststatus.js';
import { createGather } from '../../src/controllers/mirror/gather.js';
import { createLiveMirrors } from '../../src/controllers/mirror/livemirrors.js';
import { createPeerRegistry, type PeerRegistry } from '../../src/controllers/link/peerregistry.js';
import { createMirrorEvents } from '../../src/controllers/mirror/mirrorevents.js';
import { createPortReservations } from '../../src/controllers/mirror/portreservations.js';
import type { RenewalState } from '../../src/controllers/link/contact.js';
import type { Renewals } from '../../src/controllers/link/renewals.js';
import { createLinkStatuses, type LinkStatuses } from '../../src/controllers/link/statuswrites.js';
import { createRefusals } from '../../src/controllers/refusals.js';
import type { MirrorControllerOptions } from '../../src/controllers/mirror/services.js';
import { createDuty, type Duty } from '../../src/controllers/duty.js';
import { wholeShare, type Share } from '../../src/api/shares.js';
import { localReflectors, type LocalCaches, type Self } from '../../src/controllers/caches.js';
import type { GatewayFacts } from '../../src/transport/transport.js';
import { createApplier } from '../../src/runtime/apply.js';
import type { Clock } from '../../src/runtime/clock.js';
import { createStore, type Store } from '../../src/runtime/cache.js';
import type { Happening, Recorder } from '../../src/runtime/events.js';
import { silent } from '../../src/runtime/log.js';
import { fakeClock, type FakeClock } from './clock.js';
import { someFacts } from './gen.js';
import { memoryKube, type MemoryKube, type Stores } from './kube.js';
import { fakeRemotes, type FakeRemotes } from './remotes.js';

export { aRemote } from './remotes.js';

/** One cluster in memory, with what controllers are made from. */
export interface FakeCluster extends MirrorControllerOptions {
  readonly kube: MemoryKube;
  readonly clock: FakeClock;
  readonly remotes: FakeRemotes;
  readonly registry: PeerRegistry;
  readonly statuses: LinkStatuses;
  readonly facts: (link: string) => GatewayFacts;
  readonly self: Self;
  /** The share that it works for. */
  readonly duty: Duty;
  /** Events so far, as in `Warning NameConflict`. */
  readonly told: string[];
  /** What is said of the gateways of any link. */
  gateways: GatewayFacts;
  /** What is said of the renewal of any Link's token. */
  renewal: RenewalState;
  readonly renewals: Renewals;
  readonly unmade: UnmadeMirrors;
  readonly live: LiveLinks;
  readonly deletions: Deletions;
  readonly importsOf: (link: Readonly<Link>) => ImportsStatus;
  /** Puts objects into the caches, over those of their name. */
  put(...objects: KubeObject[]): void;
  /** Takes objects out of the caches. */
  drop(...objects: KubeObject[]): void;
  /** Names of the objects of a kind. */
  names(cache: keyof LocalCaches): string[];
  /** The writes since this was asked last. */
  written(): string[];
  /** The same cluster as a new leader finds it: nothing is remembered but the objects. */
  restarted(): FakeCluster;
  /** The same cluster as the leader of that share finds it. */
  asShare(index: number, count: number): FakeCluster;
}

const plurals: Readonly<Record<keyof LocalCaches, string>> = {
  mirrors: 'servicemirrors',
  links: 'links',
  invitations: 'invitations',
  services: 'services',
  slices: 'endpointslices',
  namespaces: 'namespaces',
  secrets: 'secrets',
  configMaps: 'configmaps',
  pods: 'pods',
};

/** Makes London, empty, whose caches are synced. */
export function aFakeCluster(...objects: KubeObject[]): FakeCluster {
  const self = { cluster: 'london', uid: 'uid-london', namespace: 'service-mirror' };
  const clock = fakeClock();
  // reflectors are only made for their caches; they never run
  const { caches } = localReflectors({ fieldManager: 'service-mirror' } as never, {
    self,
    clock,
    log: silent,
  });
  const stores = Object.fromEntries(
    Object.entries(plurals).map(([name, plural]) => [plural, caches[name as keyof LocalCaches]]),
  ) as unknown as Stores;
  for (const store of Object.values(stores)) store.synced = true;
  // what no cache holds, and is asked for
  const endpoints = createStore<KubeObject>({ onError: () => undefined });
  const fake = build(
    { self, clock, caches, kube: memoryKube({ ...stores, endpoints }) },
    { ...stores, endpoints },
  );
  fake.put(...objects);
  return fake;
}

type Parts = Pick<FakeCluster, 'self' | 'clock' | 'caches' | 'kube'> & { readonly share?: Share };

function build(parts: Parts, stores: Stores): FakeCluster {
  const { self, clock, caches, kube } = parts;
  const remotes = fakeRemotes();
  const registry = createPeerRegistry({ caches, remotes, self, clock });
  const told: string[] = [];
  const duty = createDuty(parts.share ?? wholeShare, caches);
  let seen = kube.writes.length;
  const ports = createPortReservations(kube, { namespace: self.namespace, caches, duty, clock });
  const families = createFamilyRegistry({ clock, onChange: () => undefined });
  const facts = () => fake.gateways;
  const events: Recorder = {
    event: (_about, { type, reason }: Happening) => void told.push(`${type} ${reason}`),
    flush: async () => undefined,
  };
  const refusals = createRefusals({ clock, log: silent, onChange: () => undefined, random: () => 0 });
  const applier = createApplier(kube, { fieldManager: 'service-mirror', log: silent });
  const unmade = createUnmadeMirrors(() => undefined);
  const deletions = createDeletions({
    ...{ clock, onChange: () => undefined },
    ...standing(caches, remotes),
  });
  const fake: FakeCluster = {
    ...parts,
    ...{ remotes, unmade, deletions, live: createLiveLinks({ kube, clock }) },
    importsOf: (link) => importsOf(link, { caches, unmade, deletions }),
    registry,
    statuses: createLinkStatuses({ links: caches.links, applier, events, refusals }),
    told,
    gateways: someFacts([]),
    renewal: 'none',
    renewals: { renew: async () => fake.renewal, forget: () => undefined },
    duty,
    ports,
    facts,
    families,
    firsts: createFirstStatuses({ clock, isInLine: () => false }),
    liveMirrors: createLiveMirrors(kube),
    gather: createGather({ caches, remotes, ports, links: registry, facts, families }),
    refusals,
    applier,
    events,
    mirrorEvents: createMirrorEvents({ events, links: caches.links, clock: impatient(clock) }),
    put(...objects) {
      for (const object of objects) storeFor(stores, object).put(renewed(object));
      registry.invalidate();
    },
    drop(...objects) {
      for (const object of objects) storeFor(stores, object).drop(object);
      registry.invalidate();
    },
    names: (cache) =>
      caches[cache]
        .list()
        .map(({ metadata }: KubeObject) => metadata.name)
        .toSorted(),
    written() {
      const fresh = kube.writes.slice(seen);
      seen = kube.writes.length;
      return fresh;
    },
    restarted: () => again(parts),
    asShare: (index, count) => again({ ...parts, share: { index, count } }),
  };
  function again(as: Parts): FakeCluster {
    const next = build(as, stores);
    for (const [link, cluster] of remotes.clusters) next.remotes.clusters.set(link, cluster);
    next.gateways = fake.gateways;
    return next;
  }
  return fake;
}

let version = 0;

/** A cache takes an object of the version that it has for no news. */
function renewed(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: `put-${++version}` } };
}

function storeFor(stores: Stores, { kind }: KubeObject): Store<KubeObject> {
  const store = stores[kind === 'Endpoints' ? 'endpoints' : `${kind.toLowerCase()}s`];
  if (store === undefined) throw new Error(`no cache holds a ${kind}`);
  return store;
}

/** A clock of its own whose timers fire at once, so that stories tell of each turn. */
function impatient(clock: FakeClock): Clock {
  let ahead = 0;
  return {
    ...clock,
    monotonic: () => clock.monotonic() + ahead,
    after(ms, fn) {
      queueMicrotask(() => {
        ahead += ms;
        fn();
      });
      return () => undefined;
    },
  };
}
