import type { LinkReason, MirrorReason, DesiredCondition } from './conditions.js';

/** Condition types that kstatus reads beside `Ready`; each is there only while it is true. */
export const kstatusConditions = ['Reconciling', 'Stalled'] as const;

/** Reasons that do not go away by themselves: somebody has to change an object. */
const stalled: ReadonlySet<string> = new Set<MirrorReason | LinkReason>([
  'InvalidSpec',
  'NameConflict',
  'NamespaceNotAllowed',
  'UnsupportedService',
  'UnsupportedProtocol',
  'PeerConflict',
  'PeerMismatch',
  'SelfLink',
  'InsecurePeer',
  'CredentialsRejected',
]);

/**
 * Adds the conditions that kstatus reads beside `Ready` (cli-utils pkg/kstatus: "abnormal-true" conditions):
 * `Stalled` when the object will not become ready by itself, `Reconciling` while it is on its way. Reasons that
 * depend on the other cluster, such as `NotExported`, get neither: `Ready` alone then makes the object InProgress.
 */
export function withProgress<R extends MirrorReason | LinkReason>(
  desired: readonly DesiredCondition<R>[],
): DesiredCondition<R>[] {
  const ready = desired.find(({ type }) => type === 'Ready');
  const type = ready === undefined || ready.status === 'True' ? undefined : progressOf(ready.reason);
  return ready === undefined || type === undefined
    ? [...desired]
    : [...desired, { ...ready, type, status: 'True' }];
}

function progressOf(reason: MirrorReason | LinkReason): (typeof kstatusConditions)[number] | undefined {
  if (stalled.has(reason)) return 'Stalled';
  return reason === 'Pending' ? 'Reconciling' : undefined;
}

/** The status of an object that no controller has seen: its generation is never -1, so that kstatus waits. */
export const unseenStatus = { observedGeneration: -1 } as const;
