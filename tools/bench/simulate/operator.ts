import {
  eventsPerLink,
  leaderRequests,
  requestsPerLink,
  slicesOf,
  watchesPerLink,
  writes,
} from './apiserver.js';
import type { Costs } from './costs.js';
import type { Situation } from './situation.js';

/** What the leading operator takes of one cluster. */

/** Connections of a Link beside its watches: the one of its pings, which is kept open. */
const callsPerLink = 1;

/** Reconciles of a mirror after a change of the remote service: one of each of three queues (src/controllers/wiring.ts). */
const reconcilesPerChange = 3;

/** Polls of an egress pod in a second (src/controllers/gateway/applied.ts). */
const polls = 0.5;

/** Endpoints of the service with which the cost of a mirror was measured. */
const measuredEndpoints = 10;

/** Bytes that a Link keeps of one service, beside its endpoints. */
const shell = (slices: number, costs: Costs) => costs.remoteService + slices * costs.remoteSlice;

/** Bytes that a Link keeps of one exported service. */
function keptOfService(one: Situation, costs: Costs): number {
  return shell(slicesOf(one), costs) + one.endpoints * costs.remoteEndpoint;
}

/** Bytes that a Link keeps of its peer; without a selector, the Services of that peer's own mirrors come along. */
export function keptPerLink(one: Situation, costs: Costs): number {
  const { services, others, mirrorsOfPeer, selector } = one;
  const exported = services * keptOfService(one, costs);
  if (selector) return exported;
  return exported + others * keptOfService(one, costs) + mirrorsOfPeer * costs.remoteService;
}

/** Bytes of everything that grows, without the process itself. */
function data(one: Situation, costs: Costs): number {
  const { links, mirrors, services, others, ports, replicas } = one;
  // the measured cost of a mirror holds what is kept of its remote service; here that counts by Link
  const kept = shell(1, costs) + measuredEndpoints * costs.remoteEndpoint;
  const ownMirrors = mirrors * (costs.operatorMirror - kept);
  const ownServices = (services + others) * costs.localService;
  // each egress pod reports what each peer exports
  const reports = replicas * links * services * ports * costs.serviceId;
  return ownMirrors + ownServices + reports + links * keptPerLink(one, costs);
}

/** Bytes of resident memory. */
export function operatorMemory(one: Situation, costs: Costs): number {
  const connections = one.links * (watchesPerLink(one) + callsPerLink);
  return costs.operatorBase + data(one, costs) + connections * costs.operatorConnection;
}

/** Bytes of the heap, at most: endpoints of remote slices and connections are outside of it. */
export function operatorHeap(one: Situation, costs: Costs): number {
  const { links, services, others, selector, endpoints } = one;
  const packed = links * (services + (selector ? 0 : others)) * endpoints * costs.remoteEndpoint;
  return data(one, costs) - packed;
}

/** CPUs. */
export function operatorCpu(one: Situation, costs: Costs): number {
  const { slices, services } = eventsPerLink(one);
  const ofLinks = one.links * (requestsPerLink(one) + slices + services);
  const requests = ofLinks + leaderRequests + one.replicas * polls + writes(one);
  const reconciles = reconcilesPerChange * writes(one);
  return (requests * costs.operatorRequest + reconciles * costs.operatorReconcile) / 1_000;
}
