import { defaultDurations } from '../../../src/runtime/lease.js';
import { maxEndpoints } from '../../../src/mirror/slices.js';
import type { Costs } from './costs.js';
import type { Situation } from './situation.js';

/**
 * What one API server serves: the operators and gateways of its own cluster, and the operators of all peers. Rates are
 * for a second, without what nodes and users ask.
 */

/** Pods of the operator in the manifests; all of them read the local cluster, and one leads. */
export const operatorPods = 2;

/** Watches of each process on its own API server, and how many kinds of objects these are. */
export const localReads = {
  /** src/controllers/caches.ts */
  operator: { watches: 9, kinds: 9 },
  /** src/gateway/agent/ingress.ts; two watches are of ConfigMaps */
  ingress: { watches: 10, kinds: 9 },
  /** src/gateway/agent/egress.ts */
  egress: { watches: 3, kinds: 3 },
} as const;

/**
 * Watches of one Link on its peer (src/controllers/link/apiremote.ts): Services and slices of each watched namespace, and
 * with a selector the slices of other writers, too; and the identity of the peer.
 */
export function watchesPerLink({ selector, remoteNamespaces }: Situation): number {
  return Math.max(1, remoteNamespaces) * (selector ? 3 : 2) + 1;
}

/** Kinds of them: Services, slices, ConfigMaps. */
export const kindsPerLink = 3;

/** Seconds between two pings of a peer (src/controllers/link/ping.ts). */
export const ping = 5;
/** Seconds between two looks at the newest version of a kind (src/runtime/rewind.ts). */
export const look = 10;
/** Mean seconds after which a watch is opened again (src/runtime/kube.ts). */
const reopen = 450;
/** Seconds between two bookmarks of a watch (KEP-956). */
const bookmark = 60;
/** Seconds after which the leader renews its Lease; the other pod looks a tenth less often (src/runtime/leader.ts). */
const renew = defaultDurations.retry / 1_000;

const hour = 3_600;

/** Requests of one Link to its peer. */
export function requestsPerLink(one: Situation): number {
  return 1 / ping + kindsPerLink / look + watchesPerLink(one) / reopen;
}

/** All watches. */
export function watches(one: Situation): number {
  return localWatches(one) + one.links * watchesPerLink(one);
}

function localWatches({ replicas }: Situation): number {
  const { operator, ingress, egress } = localReads;
  return operatorPods * operator.watches + replicas * (ingress.watches + egress.watches);
}

/** A change of endpoints changes the counts in the status of each of its mirrors; an edit changes their Service. */
export function writes({ mirrors, changes, edits }: Situation): number {
  return (mirrors * (changes + edits)) / hour;
}

/** Requests of the leading operator to its own API server while nothing happens. */
export const leaderRequests = 1 / renew + localReads.operator.kinds / look;

/** All requests: an opened watch is one. */
export function requests(one: Situation): number {
  const leases = 1 / renew + (operatorPods - 1) / (1.1 * renew);
  const local = leases + localLooks(one) + localWatches(one) / reopen;
  return local + writes(one) + one.links * requestsPerLink(one);
}

function localLooks({ replicas }: Situation): number {
  const { operator, ingress, egress } = localReads;
  return (operatorPods * operator.kinds + replicas * (ingress.kinds + egress.kinds)) / look;
}

/** Slices of a service. */
export function slicesOf({ endpoints }: Situation): number {
  return Math.max(1, Math.ceil(endpoints / maxEndpoints));
}

/** Bytes of one slice, as large as they are on average. */
function sliceBytes(one: Situation, costs: Costs): number {
  return costs.wireSlice + (one.endpoints / slicesOf(one)) * costs.wireEndpoint;
}

/** Events that a Link gets of its peer. Without a selector these are of everything there, mirrors included. */
export function eventsPerLink(one: Situation): { readonly slices: number; readonly services: number } {
  const { services, others, mirrorsOfPeer, changes, edits, selector } = one;
  const seen = services + (selector ? 0 : others);
  return {
    slices: (seen * changes) / hour,
    services: ((seen + (selector ? 0 : mirrorsOfPeer)) * edits) / hour,
  };
}

/** Bytes of these events. */
export function bytesPerLink(one: Situation, costs: Costs): number {
  const events = eventsPerLink(one);
  return events.slices * sliceBytes(one, costs) + events.services * costs.wireService;
}

/** All bytes that it sends. Every Service is watched by our operators and ingress gateways, every mirror by egress gateways. */
export function bytes(one: Situation, costs: Costs): number {
  const { links, mirrors, services, others, changes, edits, replicas } = one;
  const readers = operatorPods + replicas;
  // a writer gets the object back
  const statuses = ((mirrors * changes) / hour) * costs.wireMirror * (1 + readers);
  const mirrored = ((mirrors * edits) / hour) * costs.wireService * (1 + readers);
  const own = (((services + others) * edits) / hour) * costs.wireService * readers;
  const looks = localLooks(one) * costs.wireService;
  const bookmarks = (watches(one) / bookmark) * costs.wireSmall;
  return (
    statuses +
    mirrored +
    own +
    looks +
    bookmarks +
    links * (bytesPerLink(one, costs) + idlePerLink(one, costs))
  );
}

/** Bytes for a Link while nothing happens: answers to pings, and one object of each kind that is looked at. */
function idlePerLink(one: Situation, costs: Costs): number {
  const looked = costs.wireService + sliceBytes(one, costs) + costs.wireService;
  return costs.wireSmall / ping + looked / look;
}

/**
 * Bytes of the largest list of a Link: of slices, or, without a selector, of Services, which come with those of the
 * peer's mirrors. It is read at the start, and after contact was lost for long.
 */
export function listBytes(one: Situation, costs: Costs): number {
  const { services, others, selector, mirrorsOfPeer } = one;
  const seen = services + (selector ? 0 : others);
  const ofServices = (seen + (selector ? 0 : mirrorsOfPeer)) * costs.wireService;
  return Math.max(seen * slicesOf(one) * sliceBytes(one, costs), ofServices);
}

/** Objects of the longest list of a Link. */
export function listObjects(one: Situation): number {
  const { services, others, selector, mirrorsOfPeer } = one;
  const seen = services + (selector ? 0 : others);
  return Math.max(seen * slicesOf(one), seen + (selector ? 0 : mirrorsOfPeer));
}

/** Seconds of CPU that the import of all mirrors takes of the API server. */
export function importCpu({ mirrors }: Situation, costs: Costs): number {
  return (mirrors * costs.importMirror) / 1_000;
}
