import { egressPorts } from '../../../src/api/names.js';
import { peersLimit } from '../../../src/peers/room.js';
import { maxServiceIds } from '../../../src/protocol/report.js';
import { remoteCacheBytes, remoteLimits } from '../../../src/runtime/limits.js';
import { portBounds } from '../../../src/transport/shares.js';
import { bytesPerLink, listBytes, listObjects, requests, watches } from './apiserver.js';
import type { Costs } from './costs.js';
import * as gateways from './gateways.js';
import { keptPerLink, operatorCpu, operatorHeap, operatorMemory } from './operator.js';
import type { Situation } from './situation.js';

/** Something of which a cluster has only so much. */
export interface Resource {
  readonly title: string;
  readonly unit: 'count' | 'MiB' | 'MiB/s' | 'CPUs';
  /** In pieces, bytes, bytes a second, or CPUs. No value falls while clusters or services become more. */
  readonly value: (one: Situation, costs: Costs) => number;
  /** The most that it may be. */
  readonly bound: (one: Situation) => number;
  /** Where the bound comes from. */
  readonly source: string;
}

const mib = 2 ** 20;
const most = (bound: number) => () => bound;

/** Beyond this share of the range no egress port is given out (src/transport/ports.ts). */
const portsGiven = 0.8 * (egressPorts.last - egressPorts.first + 1);

/** What the manifests let each container have, and the folder of HAProxy and its agent. */
const memory = { operator: 768 * mib, agent: 512 * mib, haproxy: 1_024 * mib, folder: 64 * mib } as const;

/** Node lets its heap grow to half of a container's memory. */
const heap =
  'half of the limit in the manifests, as Node takes it; the heap of an empty process is not in it';

/** Nodes of the largest cluster that Kubernetes is tested with. */
const nodes = 5_000;
const thresholds = 'thresholds.md of SIG Scalability, read 2026-11-29';
const thread = 'one thread runs JavaScript';
const processors = '--cores; HAProxy has a thread for each CPU of its node, 8 at most';

/** All resources. */
export const resources = {
  services: {
    ...{ title: 'Services of a cluster, with mirrors', unit: 'count', bound: most(10_000) },
    value: ({ services, others, mirrors }) => services + others + mirrors,
    source: `10,000 in a cluster of 5,000 nodes, fewer in a smaller one: ${thresholds}`,
  },
  egressPorts: {
    ...{ title: 'egress ports', unit: 'count', bound: most(portsGiven) },
    value: ({ mirrors, ports }) => mirrors * ports,
    source: '10000-29999, less a fifth in which freed ports rest: src/transport/ports.ts',
  },
  linkPorts: {
    ...{ title: 'egress ports of one Link', unit: 'count', bound: most(portBounds.link) },
    value: ({ mirrorsPerLink, ports }) => mirrorsPerLink * ports,
    source: 'portBounds, src/transport/shares.ts',
  },
  apiWatches: {
    ...{ title: 'watches on an API server', unit: 'count', bound: most(5 * nodes), value: watches },
    source: `five of each node (kubelet: pods, node, Services; kube-proxy: Services, slices) of 5,000: ${thresholds}`,
  },
  apiRequests: {
    ...{ title: 'requests/s to an API server', unit: 'count', bound: most(nodes / 10), value: requests },
    source: `the heartbeats of 5,000 nodes, each every ten seconds: ${thresholds}`,
  },
  remoteCache: {
    ...{ title: 'kept of one peer, MiB', unit: 'MiB', bound: most(remoteCacheBytes), value: keptPerLink },
    source: 'remoteCacheBytes, src/runtime/limits.ts: nothing new of the peer is read beyond it',
  },
  listBytes: {
    ...{ title: 'largest list of one peer, MiB', unit: 'MiB', value: listBytes },
    bound: most(remoteLimits.listBytes),
    source: 'remoteLimits.listBytes, src/runtime/limits.ts: a larger list is refused',
  },
  listObjects: {
    ...{ title: 'objects of the longest list of one peer', unit: 'count', value: listObjects },
    bound: most(remoteLimits.listObjects),
    source: 'remoteLimits.listObjects, src/runtime/limits.ts: a longer list is refused',
  },
  linkBytes: {
    ...{ title: 'events of one peer, MiB/s', unit: 'MiB/s', value: bytesPerLink },
    bound: most(1_000 / (remoteLimits.rate?.everyMs ?? 0)),
    source: 'remoteLimits.rate, src/runtime/limits.ts: what is more comes late',
  },
  operatorMemory: {
    ...{
      title: 'memory of the operator, MiB',
      unit: 'MiB',
      bound: most(memory.operator),
      value: operatorMemory,
    },
    source: 'the limit in the manifests',
  },
  operatorHeap: {
    ...{
      title: 'heap of the operator, MiB',
      unit: 'MiB',
      bound: most(memory.operator / 2),
      value: operatorHeap,
    },
    source: heap,
  },
  operatorCpu: {
    ...{ title: 'CPUs of the operator', unit: 'CPUs', bound: most(1), value: operatorCpu, source: thread },
  },
  peersMap: {
    ...{ title: 'ConfigMap of peers, MiB', unit: 'MiB', bound: most(peersLimit) },
    value: ({ links }, costs) => links * costs.peerEntry,
    source: 'peersLimit, src/peers/room.ts',
  },
  reportIds: {
    ...{ title: 'exported ports in a report', unit: 'count', bound: most(maxServiceIds) },
    value: ({ services, ports }) => services * ports,
    source: 'maxServiceIds, src/protocol/report.ts: a gateway with a larger report counts as down',
  },
  egressCores: {
    ...{ title: 'CPUs of an egress HAProxy', unit: 'CPUs', bound: ({ cores }) => cores, source: processors },
    value: (one, costs) => gateways.egressCores(one, costs) / one.replicas,
  },
  ingressCores: {
    ...{ title: 'CPUs of an ingress HAProxy', unit: 'CPUs', bound: ({ cores }) => cores, source: processors },
    value: (one, costs) => gateways.ingressCores(one, costs) / one.replicas,
  },
  egressAgentCpu: {
    ...{ title: 'CPUs of an egress agent', unit: 'CPUs', bound: most(1), source: thread },
    value: gateways.egressAgentCpu,
  },
  egressAgentHeap: {
    ...{ title: 'heap of an egress agent, MiB', unit: 'MiB', bound: most(memory.agent / 2), source: heap },
    value: gateways.egressAgentHeap,
  },
  ingressAgentHeap: {
    ...{ title: 'heap of an ingress agent, MiB', unit: 'MiB', bound: most(memory.agent / 2), source: heap },
    value: gateways.ingressAgentHeap,
  },
  grantsFile: {
    ...{ title: 'file of rights, MiB', unit: 'MiB', bound: most(memory.folder), value: gateways.grantsFile },
    source: 'the folder that HAProxy and its agent share: src/chart/haproxy.ts',
  },
  haproxyMemory: {
    ...{ title: 'memory of an ingress HAProxy, MiB', unit: 'MiB', bound: most(memory.haproxy) },
    value: gateways.haproxyMemory,
    source: 'the limit in the manifests; connections take 45 kB each beside this',
  },
} as const satisfies Record<string, Resource>;

/** The name of a resource. */
export type ResourceName = keyof typeof resources;

/** All names, in the order of the table. */
export const resourceNames = Object.keys(resources) as ResourceName[];

/** How much of a resource a cluster takes. */
export interface Use {
  readonly name: ResourceName;
  readonly value: number;
  readonly bound: number;
}

/** What a cluster takes of each resource. */
export function usesOf(one: Situation, costs: Costs): readonly Use[] {
  return resourceNames.map((name) => {
    const resource: Resource = resources[name];
    return { name, value: resource.value(one, costs), bound: resource.bound(one) };
  });
}

/** Those that are past their bounds, the furthest first. */
export function passed(uses: readonly Use[]): readonly Use[] {
  return uses
    .filter(({ value, bound }) => value > bound)
    .toSorted((a, b) => b.value / b.bound - a.value / a.bound);
}
