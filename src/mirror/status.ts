import { toConditions, type MirrorReason, type Verdict } from '../api/conditions.js';
import type { ServiceMirrorStatus } from '../api/servicemirror.js';
import { carries } from './accept.js';
import { isOwned } from './source.js';
import { readyEndpoints } from './slices.js';
import {
  localName,
  mirroredPort,
  remoteOf,
  type Answer,
  type MirrorView,
  type Objection,
  type Source,
  type TransportLimits,
} from './view.js';

/** Without contact for this long (ms), a mirror says that it no longer knows. */
export const patience = 60_000;

/** What the decision looks at beside the view. */
export interface StatusInput {
  readonly view: MirrorView;
  readonly source: Source;
  readonly objection: Objection | undefined;
  readonly limits: TransportLimits | undefined;
  readonly answer: Answer | undefined;
}

/** What to do about the status, and when time alone would change it (ms from now). */
export type StatusDecision =
  | { readonly kind: 'keep'; readonly lookAgainAfter?: number }
  | { readonly kind: 'write'; readonly status: ServiceMirrorStatus; readonly lookAgainAfter?: number };

type MirrorVerdict = Verdict<MirrorReason>;

/** Decides the whole status of a mirror. While nothing is known yet after a start, what stood there stays. */
export function decideStatus(input: StatusInput): StatusDecision {
  const { view, source } = input;
  const again = untilPatienceEnds(view);
  const lookAgain = again === undefined ? {} : { lookAgainAfter: again };
  const settled = view.mirror.status?.conditions !== undefined;
  if (settled && input.objection === undefined && startingBlind(view, source))
    return { kind: 'keep', ...lookAgain };
  if (
    settled &&
    input.objection === undefined &&
    input.answer?.kind === 'keep' &&
    input.answer.reason === 'Pending'
  ) {
    if (endpointsWereReady(view)) return { kind: 'keep', ...lookAgain };
  }
  return { kind: 'write', status: statusOf(input), ...lookAgain };
}

function startingBlind({ remote, now }: MirrorView, source: Source): boolean {
  if (remote === undefined || remote.synced) return false;
  const waited = remote.failingSince === undefined ? 0 : now - remote.failingSince;
  return source.kind !== 'absent' && waited < patience;
}

function endpointsWereReady({ mirror }: MirrorView): boolean {
  return (
    mirror.status?.conditions?.some(({ type, status }) => type === 'EndpointsReady' && status === 'True') ??
    false
  );
}

function untilPatienceEnds({ remote, now }: MirrorView): number | undefined {
  if (remote?.failingSince === undefined) return undefined;
  const left = remote.failingSince + patience - now;
  return left > 0 ? left : undefined;
}

function statusOf(input: StatusInput): ServiceMirrorStatus {
  const { view, source, limits } = input;
  const { mirror, local } = view;
  const remote = remoteOf(mirror);
  const own = local !== undefined && isOwned(local, mirror) ? local : undefined;
  const known = source.kind === 'live' || source.kind === 'remembered' ? source : undefined;
  const ports = known?.ports.filter((port) => limits === undefined || carries(limits, port.protocol));
  const clusterIP = own?.spec.clusterIP;
  return {
    ...(mirror.metadata.generation !== undefined && { observedGeneration: mirror.metadata.generation }),
    conditions: toConditions(verdicts(input), mirror.status?.conditions, {
      now: new Date(view.now).toISOString().replace(/\.\d+Z$/, 'Z'),
      generation: mirror.metadata.generation,
    }),
    ...(own !== undefined && {
      service: { name: localName(mirror), ...(clusterIP !== undefined && { clusterIP }) },
    }),
    source: { cluster: mirror.spec.cluster, ...remote, display: `${remote.namespace}/${remote.name}` },
    ...(ports !== undefined && {
      ports: ports.map((port) => mirroredPort(port, view.gatewayPorts.get(port.port))),
    }),
    ...(known !== undefined && {
      endpoints: { ready: known.ready, total: known.total, display: `${known.ready}/${known.total}` },
    }),
  };
}

function verdicts(input: StatusInput): MirrorVerdict[] {
  const accepted = acceptedVerdict(input);
  const synced = syncedVerdict(input);
  const endpoints = endpointsVerdict(input);
  return [accepted, synced, endpoints, readyVerdict(input, [accepted, synced, endpoints])];
}

function acceptedVerdict({ objection }: StatusInput): MirrorVerdict {
  if (objection !== undefined) return { type: 'Accepted', status: 'False', ...objection };
  return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the mirror makes sense here' };
}

function syncedVerdict({ view, source, objection }: StatusInput): MirrorVerdict {
  const verdict = (status: MirrorVerdict['status'], reason: MirrorReason, message: string) => ({
    type: 'Synced',
    status,
    reason,
    message,
  });
  const { mirror, remote, now } = view;
  const { namespace, name } = remoteOf(mirror);
  if (objection !== undefined) return verdict('False', 'Pending', 'waits until the mirror is accepted');
  if (remote?.failingSince !== undefined && now - remote.failingSince >= patience) {
    return verdict(
      'Unknown',
      'LinkDisconnected',
      `no contact with cluster "${mirror.spec.cluster}" for a minute or more; see kubectl describe links.linkerd.io ${mirror.spec.cluster}`,
    );
  }
  switch (source.kind) {
    case 'absent':
      return verdict(
        'False',
        'RemoteServiceNotFound',
        `cluster "${mirror.spec.cluster}" has no Service ${namespace}/${name}${selected(view)}`,
      );
    case 'unknown':
      return verdict('False', 'Pending', `waiting for the first answer of cluster "${mirror.spec.cluster}"`);
    case 'remembered':
      return verdict('True', 'Synced', `as last seen in cluster "${mirror.spec.cluster}"`);
    case 'live':
      if (view.local === undefined)
        return verdict('False', 'Pending', `Service "${localName(mirror)}" is being written`);
      return verdict('True', 'Synced', `the local Service says what ${namespace}/${name} says`);
    default:
      return source satisfies never;
  }
}

function selected({ link }: MirrorView): string {
  return link?.spec.imports?.selector === undefined
    ? ''
    : ' that spec.imports.selector of the Link selects; label the remote Service, or widen the selector';
}

function endpointsVerdict(input: StatusInput): MirrorVerdict {
  const not = (reason: MirrorReason, message: string): MirrorVerdict => ({
    type: 'EndpointsReady',
    status: 'False',
    reason,
    message,
  });
  const { view, source, objection, answer } = input;
  if (objection !== undefined) return not('Pending', 'waits until the mirror is accepted');
  if (source.kind === 'absent') return not('NoReadyEndpoints', 'the remote service does not exist');
  if (source.kind === 'unknown' || answer === undefined)
    return not('Pending', 'waits for the remote service');
  if (view.portsExhausted)
    return not('PortsExhausted', 'no egress port is free; mirror fewer ports, or delete mirrors');
  if (answer.kind === 'keep') return not(answer.reason, answer.message);
  if (answer.objection !== undefined) return not(answer.objection.reason, answer.objection.message);
  if (source.ready > 0 && readyEndpoints(view.slices) === 0)
    return not('Pending', 'the endpoint slices are being written');
  return {
    type: 'EndpointsReady',
    status: 'True',
    reason: 'EndpointsReady',
    message: `${source.ready} of ${source.total} remote endpoints are ready`,
  };
}

function readyVerdict(
  { source, answer, limits, view }: StatusInput,
  [accepted, synced, endpoints]: readonly MirrorVerdict[],
): MirrorVerdict {
  if (accepted?.status === 'False') return { ...accepted, type: 'Ready' };
  const seen = source.kind === 'live' || source.kind === 'remembered';
  if (!seen && synced?.status !== 'True' && synced !== undefined)
    return { ...synced, type: 'Ready', status: 'False' };
  if (endpoints?.status !== 'True' && endpoints !== undefined) return { ...endpoints, type: 'Ready' };
  const remarks = [
    answer?.kind === 'endpoints' ? answer.remark : undefined,
    skippedPorts(source, limits),
    lostAffinity(source, limits),
    stale(synced),
  ];
  const message = [endpoints?.message, ...remarks].filter((part) => part !== undefined).join('; ');
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Ready',
    message: message || `Service "${localName(view.mirror)}" is ready`,
  };
}

function stale(synced: MirrorVerdict | undefined): string | undefined {
  return synced?.reason === 'LinkDisconnected'
    ? 'as last seen, since the remote API server cannot be reached'
    : undefined;
}

function skippedPorts(source: Source, limits: TransportLimits | undefined): string | undefined {
  if (source.kind !== 'live' || limits === undefined) return undefined;
  const skipped = source.ports
    .filter((port) => !carries(limits, port.protocol))
    .map((port) => `${port.port}/${port.protocol}`);
  return skipped.length === 0
    ? undefined
    : `transport ${limits.transport} does not carry ${skipped.join(', ')}`;
}

function lostAffinity(source: Source, limits: TransportLimits | undefined): string | undefined {
  if (source.kind !== 'live' || limits === undefined || limits.sessionAffinity) return undefined;
  if (source.service?.spec.sessionAffinity !== 'ClientIP') return undefined;
  return `transport ${limits.transport} cannot keep the service's session affinity`;
}
