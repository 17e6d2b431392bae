import { parseDuration } from '../../../src/api/duration.js';
import { Probe } from '../../../src/api/link.js';
import type { Costs } from './costs.js';
import type { Situation } from './situation.js';

/** What the gateways of one cluster take: HAProxy, which carries the bytes, and the agents beside it. */

/** Mean seconds between two probes of a peer by one egress pod: up to a tenth is added (src/net/probe/prober.ts). */
const probePeriod = (1.05 * parseDuration(new Probe().period)) / 1_000;

/** Probes that one egress pod makes in a second: each peer has one address. */
export function probesPerPod({ links }: Situation): number {
  return links / probePeriod;
}

/** CPUs of all egress gateways, without the agents. */
export function egressCores(one: Situation, costs: Costs): number {
  const { connections, requests, gbits } = one;
  const ms =
    connections * costs.egressConnection +
    requests * costs.egressRequest +
    (gbits / 8) * costs.egressGigabyte;
  return ms / 1_000;
}

/** CPUs of all ingress gateways: as much traffic, and the probes of all egress pods of all peers. */
export function ingressCores(one: Situation, costs: Costs): number {
  const { connections, requests, gbits, replicas } = one;
  const probes = replicas * probesPerPod(one);
  const ms =
    (connections + probes) * costs.ingressConnection +
    requests * costs.ingressRequest +
    (gbits / 8) * costs.ingressGigabyte;
  return ms / 1_000;
}

/** CPUs of the agent of one egress pod: a handshake for each probe. */
export function egressAgentCpu(one: Situation, costs: Costs): number {
  return (probesPerPod(one) * costs.probe) / 1_000;
}

/** Bytes in the agent of one egress pod: mirrors, and what each peer exports to us. */
export function egressAgentHeap(one: Situation, costs: Costs): number {
  const { mirrors, links, services, ports } = one;
  return mirrors * costs.agentMirror + links * services * ports * costs.serviceId;
}

/** Rights of peers: each may call each exported port. */
export function rights({ links, services, ports }: Situation): number {
  return links * services * ports;
}

/** Bytes in the agent of one ingress pod: all Services of the cluster, and the rights. */
export function ingressAgentHeap(one: Situation, costs: Costs): number {
  const { mirrors, services, others } = one;
  return (mirrors + services + others) * costs.localService + rights(one) * costs.agentGrant;
}

/** Bytes of the file of rights, in the folder that the agent shares with HAProxy. */
export function grantsFile(one: Situation, costs: Costs): number {
  return rights(one) * costs.grantLine;
}

/** Bytes of HAProxy of one ingress pod, without connections. */
export function haproxyMemory(one: Situation, costs: Costs): number {
  return costs.haproxyBase + (rights(one) + one.services * one.ports) * costs.haproxyEntry;
}
