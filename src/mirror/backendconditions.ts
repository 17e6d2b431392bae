import { hasClusters, localCluster } from '../api/backends.js';
import { conditionOf, type MirrorReason, type DesiredCondition } from '../api/conditions.js';
import { discoveryOf } from '../api/link.js';
import type { EndpointSlice } from '../api/objects.js';
import { leaving } from './accept.js';
import { bothFamilies, familiesOf } from '../endpoints/family.js';
import { poolingRemark } from './pooling.js';
import { reachOf } from '../endpoints/reach.js';
import { remarksOn } from './remarks.js';
import { lackedPorts, lacksAllPorts } from './fitted.js';
import type { Role } from './roles.js';
import { isHeadless } from './source.js';
import {
  goingOf,
  knownSource,
  localName,
  mayTellOf,
  patienceLeft,
  type Backend,
  type BackendView,
  type KnownSource,
  type MirrorInput,
  type Reason,
  type Refused,
  type SliceContent,
  type TransportAnswer,
} from './view.js';

/** The input of a mirror's conditions. */
export interface ConditionInput extends MirrorInput {
  /** Absent: nothing is refused. */
  readonly refused?: Refused;
  /** The reason why a port lacks an egress port, by cluster of the backend; absent: none lacks one. */
  readonly portsExhausted?: ReadonlyMap<string, string>;
  /** Wall time, in milliseconds since the epoch: for time stamps. */
  readonly now: number;
  /** Monotonic time in milliseconds: for how long something has lasted. */
  readonly monotonic: number;
}

/** A desired condition of a mirror. */
export type DesiredMirrorCondition = DesiredCondition<MirrorReason>;

/** The conditions of one backend: all but `Accepted`. */
export interface BackendConditions {
  readonly synced: DesiredMirrorCondition;
  readonly endpoints: DesiredMirrorCondition;
  readonly ready: DesiredMirrorCondition;
}

/** The conditions that a mirror would have if it had this backend alone, in that role. */
export function backendConditions(backend: Backend, input: ConditionInput, role: Role): BackendConditions {
  const synced = syncedCondition(backend, input);
  const endpoints = role.state === 'Standby' ? standby(backend, role) : endpointsCondition(backend, input);
  return { synced, endpoints, ready: readyCondition(backend, { synced, endpoints }) };
}

function syncedCondition(
  { view, source, notAccepted }: Backend,
  { refused, monotonic }: ConditionInput,
): DesiredMirrorCondition {
  const synced = (status: DesiredMirrorCondition['status'], reason: MirrorReason, message: string) => ({
    type: 'Synced',
    status,
    reason,
    message,
  });
  const { remote } = view;
  const { cluster, namespace, name } = view.backend;
  if (notAccepted !== undefined) return synced('False', notAccepted.reason, notAccepted.message);
  if ((patienceLeft(remote, monotonic) ?? Infinity) <= 0) {
    return synced(
      'Unknown',
      'LinkDisconnected',
      cluster === localCluster
        ? "this cluster's own Services and EndpointSlices could not be read for a minute or more; see the operator's log"
        : `no contact with cluster "${cluster}" for a minute or more; see kubectl describe links.linkerd.io ${cluster}`,
    );
  }
  switch (source.kind) {
    case 'absent':
      return synced('False', 'RemoteServiceNotFound', absent(view));
    case 'unknown':
      return synced('False', 'Pending', `waiting for the first answer of cluster "${cluster}"`);
    case 'remembered':
      return synced('True', 'Synced', `as last seen in cluster "${cluster}"`);
    case 'live':
      if (refused?.service !== undefined) return synced('False', 'WriteRefused', refused.service);
      if (view.local === undefined) return synced('False', 'Pending', beingWritten(view));
      if (view.local.metadata.deletionTimestamp !== undefined)
        return synced('False', 'Pending', leaving(view.local));
      return synced('True', 'Synced', `the local Service says what ${namespace}/${name} says`);
    default:
      return source satisfies never;
  }
}

function beingWritten(view: BackendView): string {
  const going = goingOf(view);
  return going === undefined
    ? `Service "${localName(view.mirror)}" is being written`
    : `${going} is being deleted, so that no Service is made`;
}

function absent(view: BackendView): string {
  const { link, backend } = view;
  const { cluster, namespace, name } = backend;
  if (link === undefined || discoveryOf(link.spec) === 'credentials')
    return `cluster "${cluster}" has no Service ${namespace}/${name}${selected(view)}`;
  const there = `Service ${namespace}/${name} does not exist in cluster "${cluster}", or is not exported to this cluster`;
  const fix = 'there, make spec.exports of its Link to this cluster select it';
  return link.spec.imports?.selector === undefined
    ? `${there}; ${fix}`
    : `${there}, or is not selected by spec.imports.selector of the Link; ${fix}, or widen the selector`;
}

function selected({ link }: BackendView): string {
  return link?.spec.imports?.selector === undefined
    ? ''
    : ' that spec.imports.selector of the Link selects; label the remote Service, or widen the selector';
}

function endpointsCondition(
  { view, source, notAccepted, answer }: Backend,
  { refused, portsExhausted }: ConditionInput,
): DesiredMirrorCondition {
  const not = (reason: MirrorReason, message: string): DesiredMirrorCondition => ({
    type: 'EndpointsReady',
    status: 'False',
    reason,
    message,
  });
  const exhausted = portsExhausted?.get(view.backend.cluster);
  // waiting does not help here, so no condition may say that the mirror is on its way
  if (notAccepted !== undefined) return not(notAccepted.reason, notAccepted.message);
  if (source.kind === 'absent') return not('NoReadyEndpoints', 'the remote service does not exist');
  if (source.kind === 'unknown' || answer === undefined)
    return not('Pending', 'waits for the remote service');
  if (view.local === undefined && refused?.service !== undefined) return not('WriteRefused', refused.service);
  if (exhausted !== undefined) return not('PortsExhausted', exhausted);
  if (answer.kind === 'keep' && !(answer.reason === 'Pending' && isStillServing(view, source)))
    return not(answer.reason, answer.message);
  if (answer.kind === 'endpoints' && answer.notReady !== undefined)
    return not(answer.notReady.reason, answer.notReady.message);
  if (hasClusters(view.mirror) && lacksAllPorts(source, view))
    return not('NoReadyEndpoints', lacking(view, source) ?? '');
  if (refused?.slices !== undefined && misleads(view, answer)) return not('WriteRefused', refused.slices);
  const isDiscovered = answer.kind === 'endpoints' && answer.discovered === true;
  if (!isDiscovered && servedHere(view) === 0) {
    const { reason, message } = notServed(view);
    return not(reason, message);
  }
  const leaving = source.leaving === 0 ? '' : `; ${source.leaving} that are shutting down still serve`;
  return {
    type: 'EndpointsReady',
    status: 'True',
    reason: 'EndpointsReady',
    message: `${source.ready - source.leaving} of ${source.total} remote endpoints are ready${leaving}`,
  };
}

/** A backend that could serve, and does not. */
function standby({ source }: Backend, { why = '' }: Role): DesiredMirrorCondition {
  const known = knownSource(source);
  const count = known === undefined ? '' : ` with ${known.ready} of ${known.total} endpoints ready`;
  return {
    type: 'EndpointsReady',
    status: 'False',
    reason: 'NoReadyEndpoints',
    message: `stands by${count}: ${why}`,
  };
}

/** Whether the present slices list an endpoint that must not be called, or none that may be called. */
function misleads({ slices }: BackendView, answer: TransportAnswer): boolean {
  if (answer.kind === 'keep') return false;
  const wanted = new Set(answer.slices.flatMap(called));
  const listed = slices.flatMap(called);
  return listed.some((one) => !wanted.has(one)) || (listed.length === 0 && answer.discovered !== true);
}

/** The targets of connections through a slice: its ready addresses with its ports. */
function called({ endpoints, ports }: SliceContent | Readonly<EndpointSlice>): string[] {
  const numbers = (ports ?? []).map(({ name = '', port }) => `${name}=${port}`).toSorted();
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((address) => `${address} ${numbers.join()}`));
}

/** Whether the mirror still serves while a transport asks for time, for example after a start: its slices are kept. */
function isStillServing(view: BackendView, { ready }: KnownSource): boolean {
  const before = conditionOf(view.mirror, 'EndpointsReady');
  // the slices may belong to another service, which the mirror named before
  if (!mayTellOf(view.mirror, view.backend)) return false;
  return before?.status === 'True' && ready > 0 && servedHere(view) > 0;
}

/** The number of addresses in the mirror's slices that its Service leads to, as kube-proxy reads both. */
function servedHere({ local, link, slices }: BackendView): number {
  if (local === undefined) return 0;
  const { ports = [] } = local.spec;
  // Linkerd's proxies find the endpoints of a Service in either family
  const families = link?.spec.transport === 'linkerd' ? bothFamilies : familiesOf(local);
  return reachOf(slices, { ports, families, headless: isHeadless(local), selects: false }).ready;
}

/** The reason why nothing is served here: most often a write is under way. */
function notServed(view: BackendView): Reason {
  const { local, slices } = view;
  if (local === undefined) return { reason: 'Pending', message: beingWritten(view) };
  const families = familiesOf(local);
  const others = new Set(slices.map(({ addressType }) => addressType));
  if (others.size === 0 || families.some((family) => others.has(family)))
    return { reason: 'Pending', message: 'the endpoint slices are being written' };
  // the Service asked for both families, and the cluster gave it one
  const isFinal = local.spec.ipFamilyPolicy === 'PreferDualStack';
  return {
    reason: isFinal ? 'UnsupportedService' : 'Pending',
    message: `Service "${local.metadata.name}" is ${families.join(' and ')}${isFinal ? ' alone, as this cluster gives it' : ''}, and its endpoints are ${[...others].join(' and ')}`,
  };
}

function readyCondition(
  backend: Backend,
  { synced, endpoints }: Omit<BackendConditions, 'ready'>,
): DesiredMirrorCondition {
  const { view, source, notAccepted, answer, limits } = backend;
  if (notAccepted !== undefined) return { type: 'Ready', status: 'False', ...notAccepted };
  if (source.kind === 'absent' || source.kind === 'unknown')
    return { ...synced, type: 'Ready', status: 'False' };
  if (endpoints.status !== 'True') return { ...endpoints, type: 'Ready' };
  const remarks = [
    answer?.kind === 'endpoints' ? answer.remark : undefined,
    ...remarksOn(source, limits),
    lacking(view, source),
    poolingRemark(backend),
    stale(synced),
    synced.reason === 'Pending' || synced.reason === 'WriteRefused' ? synced.message : undefined,
  ].filter((remark) => remark !== undefined);
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Ready',
    message: [endpoints.message, ...remarks].join('; '),
  };
}

/** The ports that one of several backends does not serve. */
function lacking(view: BackendView, source: KnownSource): string | undefined {
  const lacked = hasClusters(view.mirror) ? lackedPorts(source, view) : [];
  return lacked.length === 0
    ? undefined
    : `it has no port ${lacked.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`).join(', ')}`;
}

function stale(synced: DesiredMirrorCondition): string | undefined {
  return synced.reason === 'LinkDisconnected'
    ? 'as last seen, since the remote API server cannot be reached'
    : undefined;
}
