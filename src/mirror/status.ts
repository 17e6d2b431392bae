import { backendsOfStatus, isSameService, nameOfService, type RemoteService } from '../api/backends.js';
import { conditionOf, timestamp, toConditions, type MirrorReason } from '../api/conditions.js';
import { withProgress } from '../api/kstatus.js';
import type { BackendStatus, MirroredPort, MirrorSource, ServiceMirrorStatus } from '../api/mirrorstatus.js';
import type { ConditionInput } from './backendconditions.js';
import { backendsShown, endpointsShown } from './backendstatus.js';
import { whyNoneAccepted } from './backends.js';
import { desiredConditions } from './conditions.js';
import { rolesOf, type Role } from './roles.js';
import { shownPorts } from './shownports.js';
import { isOwned } from './source.js';
import { localName, patienceLeft, type Backend } from './view.js';

/** The decision about the status, and the time (ms from now) after which it may change by itself. */
export type StatusDecision =
  | { readonly kind: 'keep'; readonly lookAgainAfter?: number }
  | { readonly kind: 'write'; readonly status: ServiceMirrorStatus; readonly lookAgainAfter?: number };

/**
 * Decides the whole status of a mirror. After a start, while nothing is known yet, the present status stays; of several
 * clusters, while one of them is not known and the same ones serve.
 */
export function decideStatus(input: ConditionInput): StatusDecision {
  const left = input.backends.flatMap((backend) => untilPatienceEnds(backend, input) ?? []);
  const lookAgain = left.length === 0 ? {} : { lookAgainAfter: Math.min(...left) };
  const starting = input.backends.some((backend) => isStarting(backend, input));
  const roles = rolesOf(input);
  if (whyNoneAccepted(input) === undefined && starting && mayStillHold(input) && !hasMoved(input, roles))
    return { kind: 'keep', ...lookAgain };
  return { kind: 'write', status: statusOf(input, roles), ...lookAgain };
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
function mayStillHold({ view: { mirror }, backends }: ConditionInput): boolean {
  // the status may be about another service, of which it may still list egress ports
  const isNamed = (told: RemoteService) => backends.some(({ view }) => isSameService(view.backend, told));
  if (!backendsOfStatus(mirror).every(isNamed)) return false;
  const before = conditionOf(mirror, 'Accepted');
  return before?.status === 'True' || needSight.has(before?.reason);
}

/**
 * Whether others of several clusters serve than the status says, or in other parts. Gateways divide connections by the
 * status, and a cluster that is not seen after a start may stay away.
 */
function hasMoved(input: ConditionInput, roles: readonly Role[]): boolean {
  const placesOf = (records: readonly BackendStatus[] = []) =>
    records.map(({ cluster, state, priority, weight }) =>
      [cluster, state === 'Serving', priority, weight].join(' '),
    );
  const [told, now] = [input.view.mirror.status?.backends, backendsShown(input, roles)].map(placesOf);
  return told?.join() !== now?.join();
}

/** Whether a backend that may serve is not known yet. */
function isStarting(backend: Backend, input: ConditionInput): boolean {
  if (backend.notAccepted !== undefined || isPatienceOver(backend, input)) return false;
  return backend.view.remote?.synced !== true || asksForTime(backend, input);
}

function isPatienceOver({ view: { remote } }: Backend, { monotonic }: ConditionInput): boolean {
  return (patienceLeft(remote, monotonic) ?? Infinity) <= 0;
}

/** Whether a transport asks for time, for example after a start: then the present status of this spec stays. */
function asksForTime({ view, answer }: Backend, { portsExhausted }: ConditionInput): boolean {
  const { mirror, backend } = view;
  if (answer?.kind !== 'keep' || answer.reason !== 'Pending') return false;
  if (portsExhausted?.has(backend.cluster) === true) return false;
  // the status of a mirror that was not accepted does not apply any more
  if (conditionOf(mirror, 'Accepted')?.status !== 'True') return false;
  const before = conditionOf(mirror, 'EndpointsReady');
  return before?.observedGeneration === mirror.metadata.generation && before?.reason !== 'Pending';
}

function untilPatienceEnds({ view: { remote } }: Backend, { monotonic }: ConditionInput): number | undefined {
  const left = patienceLeft(remote, monotonic);
  return left !== undefined && left > 0 ? left : undefined;
}

function statusOf(input: ConditionInput, roles: readonly Role[]): ServiceMirrorStatus {
  const { view, backends } = input;
  const { mirror, local } = view;
  const own = local !== undefined && isOwned(local, mirror) ? local : undefined;
  const shown = shownPorts(input);
  const memory = backends.every(({ source }) => source.kind === 'unknown') ? lastSeen(input) : {};
  const endpoints = endpointsShown(input, roles);
  const records = backendsShown(input, roles);
  const clusterIP = own?.spec.clusterIP;
  return {
    ...(mirror.metadata.generation !== undefined && { observedGeneration: mirror.metadata.generation }),
    conditions: toConditions(withProgress(desiredConditions(input, roles)), mirror.status?.conditions, {
      now: timestamp(input.now),
      generation: mirror.metadata.generation,
    }),
    ...(own !== undefined && {
      service: { name: localName(mirror), ...(clusterIP !== undefined && { clusterIP }) },
    }),
    source: sourceShown(backends[0].view.backend),
    ...memory,
    ...(shown !== undefined && { ports: [...shown.ports] }),
    ...(endpoints !== undefined && { endpoints }),
    ...(records !== undefined && { backends: records }),
  };
}

/**
 * The source in the spec, cut to the bounds of the status: an object may be older than the bounds of the spec's
 * fields.
 */
function sourceShown(backend: RemoteService): MirrorSource {
  const [cluster, namespace, name] = [backend.cluster, backend.namespace, backend.name].map((text) =>
    text.slice(0, 63),
  ) as [string, string, string];
  const pod = backend.hostname === undefined ? {} : { hostname: backend.hostname.slice(0, 63) };
  return { cluster, namespace, name, ...pod, display: nameOfService({ namespace, name, ...pod }) };
}

/**
 * The last known ports and endpoints of the remote service. After a restart, before anything has been seen, they must
 * stay. While the mirror is not accepted, no egress port leads anywhere.
 */
function lastSeen(input: ConditionInput): Pick<ServiceMirrorStatus, 'ports' | 'endpoints'> {
  const { metadata, status } = input.view.mirror;
  if (status?.observedGeneration !== metadata.generation) return {};
  const { ports, endpoints } = status ?? {};
  const isAccepted = whyNoneAccepted(input) === undefined;
  return {
    ...(ports !== undefined && { ports: isAccepted ? ports : ports.map(withoutEgress) }),
    ...(endpoints !== undefined && { endpoints }),
  };
}

function withoutEgress({ gatewayPort: _gatewayPort, ...port }: MirroredPort): MirroredPort {
  return port;
}
