import { conditionOf } from '../../api/conditions.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import { serviceMirrors } from '../../api/resources.js';
import { decideStatus } from '../../mirror/status.js';
import type { MirrorInput, Refused } from '../../mirror/view.js';
import { isNotFound } from '../../runtime/errors.js';
import { allocatePorts } from './portallocation.js';
import type { MirrorControllerOptions } from './services.js';
import { newsOf } from './turns.js';

/** A mirror without an egress port asks again after this time (ms). */
const portsAgain = 30_000;

/** The field manager of the status of mirrors. */
const manager = 'service-mirror-status';

/** Writes the status of mirrors, egress ports included, and nothing else. */
export function reconcileStatus(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { gather, ports, applier, mirrorEvents, refusals, firsts, clock } = options;
  return async (key) => {
    const before = gather(key);
    if (before === undefined) return firsts.forget(key);
    const portsExhausted = await allocatePorts(before, ports);
    // the caches may have changed meanwhile; if they have not, this is the same input as before
    const input = gather(key);
    if (input === undefined) return;
    const { mirror } = input.view;
    const decision = decideStatus({
      ...input,
      portsExhausted,
      refused: refusedOf(key, input, options),
      now: clock.now(),
      monotonic: clock.monotonic(),
    });
    const after = portsExhausted.size > 0 ? portsAgain : decision.lookAgainAfter;
    const again = after === undefined ? undefined : { requeueAfter: after };
    if (decision.kind === 'keep') return again;
    const { status } = decision;
    const wait = firsts.wait(mirror, status);
    if (wait !== undefined) return { requeueAfter: Math.min(wait, after ?? wait) };
    const outcome = await refusals.attempt({
      ...{ key, part: 'status', what: `the status of ServiceMirror "${mirror.metadata.name}"` },
      wish: undated(status),
      write: async () => [
        await applier
          .status(serviceMirrors, { actual: mirror, status, manager, sole: true })
          .catch((error: unknown) => {
            // the mirror was deleted meanwhile
            if (isNotFound(error)) return 'unchanged' as const;
            throw error;
          }),
      ],
    });
    if (outcome.kind === 'refused') {
      const { message, fresh } = outcome;
      if (fresh) mirrorEvents.refused(mirror, message);
      return outcome;
    }
    if (outcome.results.includes('updated')) {
      const { turn, refusal } = newsOf(input, status);
      if (turn !== undefined) mirrorEvents.turned(turn);
      if (refusal !== undefined) mirrorEvents.refused(mirror, refusal);
    }
    return again;
  };
}

/** The reasons why parts of a mirror are not written; after a start, the present status applies until they were tried. */
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

/**
 * The content of a status without times: a condition that changes and cannot be written has a later time with each
 * attempt.
 */
function undated({ conditions = [], ...status }: ServiceMirrorStatus): object {
  return {
    ...status,
    conditions: conditions.map(({ lastTransitionTime: _lastTransitionTime, ...said }) => said),
  };
}
