import { conditionOf, timestamp, toConditions, type MirrorReason } from '../api/conditions.js';
import { withProgress } from '../api/kstatus.js';
import type { MirroredPort, MirrorSource, ServiceMirrorStatus } from '../api/mirrorstatus.js';
import { shownPorts } from './shownports.js';
import { isOwned } from './source.js';
import { desiredConditions, type ConditionInput } from './conditions.js';
import { isAsWritten, localName, patience, remoteOf, type MirrorView } from './view.js';

/** What to do about the status, and when time alone would change it (ms from now). */
export type StatusDecision =
  | { readonly kind: 'keep'; readonly lookAgainAfter?: number }
  | { readonly kind: 'write'; readonly status: ServiceMirrorStatus; readonly lookAgainAfter?: number };

/** Decides the whole status of a mirror. While nothing is known yet after a start, what stood there stays. */
export function decideStatus(input: ConditionInput): StatusDecision {
  const { view, notAccepted } = input;
  const left = untilPatienceEnds(input);
  const lookAgain = left === undefined ? {} : { lookAgainAfter: left };
  const starting = isStartingBlind(view) || asksForTime(input);
  if (notAccepted === undefined && starting && !isPatienceOver(input) && mayStillHold(view))
    return { kind: 'keep', ...lookAgain };
  return { kind: 'write', status: statusOf(input), ...lookAgain };
}

/** Reasons that only the sight of the remote service can raise, or clear. */
const needSight: ReadonlySet<string | undefined> = new Set<MirrorReason>([
  'InvalidSpec',
  'UnsupportedService',
  'UnsupportedProtocol',
]);

/** Whether what stands there may still be true; a reason that could be raised blind, and is not, has been cleared. */
function mayStillHold({ mirror }: MirrorView): boolean {
  // nor has what was said of another service, of which egress ports may be left
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

/** A transport asks for time, e.g. after a start: what was said of this spec holds until it knows better. */
function asksForTime({ view: { mirror }, answer, portsExhausted }: ConditionInput): boolean {
  if (answer?.kind !== 'keep' || answer.reason !== 'Pending' || portsExhausted !== undefined) return false;
  // what was said of a mirror that was not accepted is over now that it is
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

/** What the spec names; an object that is older than the rules of its fields may name what has no room here. */
function sourceOfSpec(mirror: MirrorView['mirror']): MirrorSource {
  const { namespace, name } = remoteOf(mirror);
  const [cluster, ...remote] = [mirror.spec.cluster, namespace, name].map((text) => text.slice(0, 63));
  return { cluster: cluster!, namespace: remote[0]!, name: remote[1]!, display: remote.join('/') };
}

/**
 * What was last seen of the remote service; a restart, which begins without sight, must not rewrite it. Egress ports lead
 * nowhere while the mirror is not accepted.
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
