import { conditionOf, type MirrorReason, type DesiredCondition } from '../api/conditions.js';
import type { EndpointSlice } from '../api/objects.js';
import { leaving } from './accept.js';
import { bothFamilies, familiesOf } from './family.js';
import { poolingRemark } from './pooling.js';
import { reachOf } from './reach.js';
import { remarksOn } from './remarks.js';
import { shownPorts } from './shownports.js';
import { isHeadless } from './source.js';
import {
  goingOf,
  isAsWritten,
  localName,
  patience,
  remoteOf,
  type TransportAnswer,
  type KnownSource,
  type MirrorView,
  type Reason,
  type Refused,
  type SliceContent,
  type Source,
  type TransportLimits,
} from './view.js';

/** The input of a mirror's conditions. */
export interface ConditionInput {
  readonly view: MirrorView;
  readonly source: Source;
  readonly notAccepted: Reason | undefined;
  readonly limits: TransportLimits | undefined;
  readonly answer: TransportAnswer | undefined;
  /** Absent: nothing is refused. */
  readonly refused?: Refused;
  /** The reason why a port lacks an egress port; absent: none lacks one. */
  readonly portsExhausted?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type DesiredMirrorCondition = DesiredCondition<MirrorReason>;

/** The desired conditions of a mirror, in the order in which they are shown. */
export function desiredConditions(input: ConditionInput): DesiredMirrorCondition[] {
  const accepted = acceptedCondition(input);
  const synced = syncedCondition(input);
  const endpoints = endpointsCondition(input);
  return [accepted, synced, endpoints, readyCondition(input, { accepted, synced, endpoints })];
}

function acceptedCondition({ notAccepted }: ConditionInput): DesiredMirrorCondition {
  if (notAccepted !== undefined) return { type: 'Accepted', status: 'False', ...notAccepted };
  return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the mirror makes sense here' };
}

function syncedCondition({
  view,
  source,
  notAccepted,
  refused,
  now,
}: ConditionInput): DesiredMirrorCondition {
  const synced = (status: DesiredMirrorCondition['status'], reason: MirrorReason, message: string) => ({
    type: 'Synced',
    status,
    reason,
    message,
  });
  const { mirror, remote } = view;
  const { namespace, name } = remoteOf(mirror);
  if (notAccepted !== undefined) return synced('False', notAccepted.reason, notAccepted.message);
  if (remote?.failingSince !== undefined && now - remote.failingSince >= patience) {
    return synced(
      'Unknown',
      'LinkDisconnected',
      `no contact with cluster "${mirror.spec.cluster}" for a minute or more; see kubectl describe links.linkerd.io ${mirror.spec.cluster}`,
    );
  }
  switch (source.kind) {
    case 'absent':
      return synced(
        'False',
        'RemoteServiceNotFound',
        `cluster "${mirror.spec.cluster}" has no Service ${namespace}/${name}${selected(view)}`,
      );
    case 'unknown':
      return synced('False', 'Pending', `waiting for the first answer of cluster "${mirror.spec.cluster}"`);
    case 'remembered':
      return synced('True', 'Synced', `as last seen in cluster "${mirror.spec.cluster}"`);
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

function beingWritten(view: MirrorView): string {
  const going = goingOf(view);
  return going === undefined
    ? `Service "${localName(view.mirror)}" is being written`
    : `${going} is being deleted, so that no Service is made`;
}

function selected({ link }: MirrorView): string {
  return link?.spec.imports?.selector === undefined
    ? ''
    : ' that spec.imports.selector of the Link selects; label the remote Service, or widen the selector';
}

function endpointsCondition(input: ConditionInput): DesiredMirrorCondition {
  const not = (reason: MirrorReason, message: string): DesiredMirrorCondition => ({
    type: 'EndpointsReady',
    status: 'False',
    reason,
    message,
  });
  const { view, source, notAccepted, answer, refused, portsExhausted } = input;
  // waiting does not help here, so no condition may say that the mirror is on its way
  if (notAccepted !== undefined) return not(notAccepted.reason, notAccepted.message);
  if (source.kind === 'absent') return not('NoReadyEndpoints', 'the remote service does not exist');
  if (source.kind === 'unknown' || answer === undefined)
    return not('Pending', 'waits for the remote service');
  if (view.local === undefined && refused?.service !== undefined) return not('WriteRefused', refused.service);
  if (portsExhausted !== undefined) return not('PortsExhausted', portsExhausted);
  if (answer.kind === 'keep' && !(answer.reason === 'Pending' && isStillServing(view, source)))
    return not(answer.reason, answer.message);
  if (answer.kind === 'endpoints' && answer.notAccepted !== undefined)
    return not(answer.notAccepted.reason, answer.notAccepted.message);
  if (refused?.slices !== undefined && misleads(view, answer)) return not('WriteRefused', refused.slices);
  if (servedHere(view) === 0) {
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

/** Whether the present slices list an endpoint that must not be called, or none that may be called. */
function misleads({ slices }: MirrorView, answer: TransportAnswer): boolean {
  if (answer.kind === 'keep') return false;
  const wanted = new Set(answer.slices.flatMap(called));
  const listed = slices.flatMap(called);
  return listed.some((one) => !wanted.has(one)) || listed.length === 0;
}

/** The targets of connections through a slice: its ready addresses with its ports. */
function called({ endpoints, ports }: SliceContent | Readonly<EndpointSlice>): string[] {
  const numbers = (ports ?? []).map(({ name = '', port }) => `${name}=${port}`).toSorted();
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((address) => `${address} ${numbers.join()}`));
}

/** Whether the mirror still serves while a transport asks for time, for example after a start: its slices are kept. */
function isStillServing(view: MirrorView, { ready }: KnownSource): boolean {
  const before = conditionOf(view.mirror, 'EndpointsReady');
  // the slices may belong to another service, which the mirror named before
  if (view.mirror.status?.source !== undefined && !isAsWritten(view.mirror)) return false;
  return before?.status === 'True' && ready > 0 && servedHere(view) > 0;
}

/** The number of addresses in the mirror's slices that its Service leads to, as kube-proxy reads both. */
function servedHere({ local, link, slices }: MirrorView): number {
  if (local === undefined) return 0;
  const { ports = [] } = local.spec;
  // Linkerd's proxies find the endpoints of a Service in either family
  const families = link?.spec.transport === 'linkerd' ? bothFamilies : familiesOf(local);
  return reachOf(slices, { ports, families, headless: isHeadless(local), selects: false }).ready;
}

/** The reason why nothing is served here: most often a write is under way. */
function notServed({ local, slices }: MirrorView): Reason {
  const families = local === undefined ? bothFamilies : familiesOf(local);
  const others = new Set(slices.map(({ addressType }) => addressType));
  if (local === undefined || others.size === 0 || families.some((family) => others.has(family)))
    return { reason: 'Pending', message: 'the endpoint slices are being written' };
  // the Service asked for both families, and the cluster gave it one
  const isFinal = local.spec.ipFamilyPolicy === 'PreferDualStack';
  return {
    reason: isFinal ? 'UnsupportedService' : 'Pending',
    message: `Service "${local.metadata.name}" is ${families.join(' and ')}${isFinal ? ' alone, as this cluster gives it' : ''}, and its endpoints are ${[...others].join(' and ')}`,
  };
}

function readyCondition(
  input: ConditionInput,
  {
    accepted,
    synced,
    endpoints,
  }: Readonly<Record<'accepted' | 'synced' | 'endpoints', DesiredMirrorCondition>>,
): DesiredMirrorCondition {
  const { source, answer, limits } = input;
  if (accepted.status === 'False') return { ...accepted, type: 'Ready' };
  if (source.kind === 'absent' || source.kind === 'unknown')
    return { ...synced, type: 'Ready', status: 'False' };
  if (endpoints.status !== 'True') return { ...endpoints, type: 'Ready' };
  const remarks = [
    answer?.kind === 'endpoints' ? answer.remark : undefined,
    ...remarksOn(source, limits),
    unlisted(input),
    poolingRemark(input),
    stale(synced),
    synced.reason === 'Pending' || synced.reason === 'WriteRefused' ? synced.message : undefined,
    input.refused?.slices,
  ].filter((remark) => remark !== undefined);
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Ready',
    message: [endpoints.message, ...remarks].join('; '),
  };
}

/** A remark when the status cannot list all ports. */
function unlisted(input: ConditionInput): string | undefined {
  const { ports = [], left = 0 } = shownPorts(input) ?? {};
  return left <= 0 ? undefined : `status.ports lists ${ports.length} of ${ports.length + left} ports`;
}

function stale(synced: DesiredMirrorCondition): string | undefined {
  return synced.reason === 'LinkDisconnected'
    ? 'as last seen, since the remote API server cannot be reached'
    : undefined;
}
