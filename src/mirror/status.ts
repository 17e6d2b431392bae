import { conditionOf, timestamp, toConditions, type MirrorReason } from '../api/conditions.js';
import { withProgress } from '../api/kstatus.js';
import type { MirroredPort, MirrorSource, ServiceMirrorStatus } from '../api/mirrorstatus.js';
import { shownPorts } from './shownports.js';
import { isOwned } from './source.js';
import { desiredConditions, type ConditionInput } from './conditions.js';
import { isAsWritten, localName, patience, remoteOf, type MirrorView } from './view.js';

/** The decision about the status, and the time (ms from now) after which it may change by itself. */
export type StatusDecision =
  | { readonly kind: 'keep'; readonly lookAgainAfter?: number }
  | { readonly kind: 'write'; readonly status: ServiceMirrorStatus; readonly lookAgainAfter?: number };

/** Decides the whole status of a mirror. After a start, while nothing is known yet, the present status stays. */
export function decideStatus(input: ConditionInput): StatusDecision {
  const { view, notAccepted } = input;
  const left = untilPatienceEnds(input);
  const lookAgain = left === undefined ? {} : { lookAgainAfter: left };
  const starting = isStartingBlind(view) || asksForTime(input);
  if (notAccepted === undefined && starting && !isPatienceOver(input) && mayStillHold(view))
    return { kind: 'keep', ...lookAgain };
  return { kind: 'write', status: statusOf(input), ...lookAgain };
}

/** Reasons that can be set or cleared only when the remote service has been seen. */
const needSight: ReadonlySet<string | undefined> = new Set<MirrorReason>([
  'InvalidSpec',
  'UnsupportedService',
  'UnsupportedProtocol',
]);

/**
 * Whether the present status may still be true. A reason that does not need the remote service, and was not given
 * again, no longer applies.
 */
function mayStillHold({ mirror }: MirrorView): boolean {
  // the status may be about another service, of which it may still list egress ports
  if (mirror.status?.source !== undefined && !isAsWritten(mirror)) return false;
  const before = conditionOf(mirror, 'Accepted');
  return before?.status === 'True' || needSight.has(before?.reason);
}

function isStartingBlind({ remote }: MirrorView): boolean {
  return remote?.synced !== true;
}

function isPatienceOver({ view: { remote }, now }: ConditionInput): boolean {
  return remote?.failingSince !== undefined && now - remote.failingSince >= patience;
}

/** Whether a transport asks for time, for example after a start: then the present status of this spec stays. */
function asksForTime({ view: { mirror }, answer, portsExhausted }: ConditionInput): boolean {
  if (answer?.kind !== 'keep' || answer.reason !== 'Pending' || portsExhausted !== undefined) return false;
  // the status of a mirror that was not accepted does not apply any more
  if (conditionOf(mirror, 'Accepted')?.status !== 'True') return false;
  const before = conditionOf(mirror, 'EndpointsReady');
  return before?.observedGeneration === mirror.metadata.generation && before?.reason !== 'Pending';
}

function untilPatienceEnds({ view: { remote }, now }: ConditionInput): number | undefined {
  if (remote?.failingSince === undefined) return undefined;
  const left = remote.failingSince + patience - now;
  return left > 0 ? left : undefined;
}

function statusOf(input: ConditionInput): ServiceMirrorStatus {
  const { view, source } = input;
  const { mirror, local } = view;
  const own = local !== undefined && isOwned(local, mirror) ? local : undefined;
  const known = source.kind === 'live' || source.kind === 'remembered' ? source : undefined;
  const shown = shownPorts(input);
  const memory = source.kind === 'unknown' ? lastSeen(input) : {};
  const clusterIP = own?.spec.clusterIP;
  return {
    ...(mirror.metadata.generation !== undefined && { observedGeneration: mirror.metadata.generation }),
    conditions: toConditions(withProgress(desiredConditions(input)), mirror.status?.conditions, {
      now: timestamp(input.now),
      generation: mirror.metadata.generation,
    }),
    ...(own !== undefined && {
      service: { name: localName(mirror), ...(clusterIP !== undefined && { clusterIP }) },
    }),
    source: sourceOfSpec(mirror),
    ...memory,
    ...(shown !== undefined && { ports: [...shown.ports] }),
    ...(known !== undefined && {
      endpoints: { ready: known.ready, total: known.total, display: `${known.ready}/${known.total}` },
    }),
  };
}

/**
 * The source in the spec, cut to the bounds of the status: an object may be older than the bounds of the spec's
 * fields.
 */
function sourceOfSpec(mirror: MirrorView['mirror']): MirrorSource {
  const { namespace, name } = remoteOf(mirror);
  const [cluster, ...remote] = [mirror.spec.cluster, namespace, name].map((text) => text.slice(0, 63));
  return { cluster: cluster!, namespace: remote[0]!, name: remote[1]!, display: remote.join('/') };
}

/**
 * The last known ports and endpoints of the remote service. After a restart, before anything has been seen, they must
 * stay. While the mirror is not accepted, no egress port leads anywhere.
 */
function lastSeen({
  view: {
    mirror: { metadata, status },
  },
  notAccepted,
}: ConditionInput): Pick<ServiceMirrorStatus, 'ports' | 'endpoints'> {
  if (status?.observedGeneration !== metadata.generation) return {};
  const { ports, endpoints } = status ?? {};
  return {
    ...(ports !== undefined && { ports: notAccepted === undefined ? ports : ports.map(withoutEgress) }),
    ...(endpoints !== undefined && { endpoints }),
  };
}

function withoutEgress({ gatewayPort: _gatewayPort, ...port }: MirroredPort): MirroredPort {
  return port;
}
