import { conditionOf } from '../../api/conditions.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import { serviceMirrors } from '../../api/resources.js';
import { decideStatus } from '../../mirror/status.js';
import type { MirrorInput, Refused } from '../../mirror/view.js';
import { isNotFound } from '../../runtime/errors.js';
import type { Happening } from '../../runtime/events.js';
import { allocatePorts } from './portallocation.js';
import type { MirrorControllerOptions } from './services.js';

/** Whoever got no egress port asks again after this time (ms). */
const portsAgain = 30_000;

/** Name under which the status of mirrors is applied. */
const manager = 'service-mirror-status';

/** Writes the status of mirrors, egress ports included, and nothing else. */
export function reconcileStatus(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { gather, ports, applier, events, refusals, clock } = options;
  return async (key) => {
    const before = gather(key);
    if (before === undefined) return;
    const portsExhausted = await allocatePorts(before, ports);
    // the caches may have moved on meanwhile; while they have not, this is what was gathered before
    const input = gather(key);
    if (input === undefined) return;
    const { mirror } = input.view;
    const decision = decideStatus({
      ...input,
      portsExhausted,
      refused: refusedOf(key, input, options),
      now: clock.now(),
    });
    const after = portsExhausted.size > 0 ? portsAgain : decision.lookAgainAfter;
    const again = after === undefined ? undefined : { requeueAfter: after };
    if (decision.kind === 'keep') return again;
    const { status } = decision;
    const outcome = await refusals.attempt({
      ...{ key, part: 'status', what: `the status of ServiceMirror "${mirror.metadata.name}"` },
      wish: undated(status),
      write: async () => [
        await applier
          .status(serviceMirrors, { actual: mirror, status, manager, sole: true })
          .catch((error: unknown) => {
            // deleted meanwhile: there is nobody left to tell
            if (isNotFound(error)) return 'unchanged' as const;
            throw error;
          }),
      ],
    });
    if (outcome.kind === 'refused') {
      const { message, fresh } = outcome;
      if (fresh) events.event(mirror, { type: 'Warning', reason: 'WriteRefused', message });
      return outcome;
    }
    if (outcome.results.includes('updated'))
      for (const happening of turns(mirror, status)) events.event(mirror, happening);
    return again;
  };
}

/** Why parts of a mirror are not written; until they were tried after a start, what the status says holds. */
function refusedOf(key: string, { view }: MirrorInput, { refusals }: MirrorControllerOptions): Refused {
  const why = (part: 'service' | 'slices', type: string) => {
    const { message, tried } = refusals.of(key, part);
    if (tried) return message;
    const said = conditionOf(view.mirror, type);
    return said?.reason === 'WriteRefused' ? said.message : undefined;
  };
  const [service, slices] = [why('service', 'Synced'), why('slices', 'EndpointsReady')];
  return { ...(service !== undefined && { service }), ...(slices !== undefined && { slices }) };
}

/** What an event is to tell: that a mirror began or ceased to work, or that a write for it is refused. */
function turns(before: Conditioned, status: ServiceMirrorStatus): Happening[] {
  const after: Conditioned = { status };
  const ready = conditionOf(after, 'Ready');
  const turned = ready !== undefined && hasTurned(conditionOf(before, 'Ready'), ready) ? [ready] : [];
  const refused = ['Synced', 'EndpointsReady'].flatMap((type) => {
    const now = conditionOf(after, type);
    const isNew = now?.reason === 'WriteRefused' && conditionOf(before, type)?.reason !== 'WriteRefused';
    return isNew && !turned.some(({ message }) => message === now.message) ? [now] : [];
  });
  return [...turned, ...refused.slice(0, 1)].map(({ status: is, reason, message }) => ({
    ...{ type: is === 'True' ? 'Normal' : 'Warning', reason, message },
  }));
}

/** What a status says: a condition that turns and cannot be written has a later time with each attempt. */
function undated({ conditions = [], ...status }: ServiceMirrorStatus): object {
  return {
    ...status,
    conditions: conditions.map(({ lastTransitionTime: _lastTransitionTime, ...said }) => said),
  };
}

type Conditioned = Parameters<typeof conditionOf>[0];

/** Never that it is still on its way. */
function hasTurned(
  before: { status: string } | undefined,
  after: { status: string; reason: string },
): boolean {
  if (after.reason === 'Pending') return false;
  return before?.status !== after.status;
}
