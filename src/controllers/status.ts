import { conditionOf } from '../api/conditions.js';
import { serviceMirrors } from '../api/resources.js';
import { carries } from '../mirror/accept.js';
import { decideStatus } from '../mirror/status.js';
import { gather, type Picture } from './gather.js';
import type { MirrorControllerOptions } from './services.js';

/** Whoever got no egress port asks again after this time (ms). */
const portsAgain = 30_000;

/** Name under which the status of mirrors is applied. */
const manager = 'service-mirror-status';

/** Writes the status of mirrors, egress ports included, and nothing else. */
export function reconcileStatus(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { applier, events } = options;
  return async (key) => {
    const first = gather(key, options);
    if (first === undefined) return;
    const exhausted = await claimPorts(first, options);
    const picture = gather(key, options);
    if (picture === undefined) return;
    const view = { ...picture.view, portsExhausted: exhausted };
    const decision = decideStatus({ ...picture, view });
    const after = exhausted ? portsAgain : decision.lookAgainAfter;
    const again = after === undefined ? undefined : { requeueAfter: after };
    if (decision.kind === 'keep') return again;
    const { mirror } = view;
    const before = conditionOf(mirror, 'Ready');
    const written = await applier.status(serviceMirrors, {
      actual: mirror,
      status: decision.status,
      manager,
      sole: true,
    });
    const ready = conditionOf({ status: decision.status }, 'Ready');
    if (written === 'updated' && ready !== undefined && hasTurned(before, ready)) {
      const { reason, message } = ready;
      events.event(mirror, { type: ready.status === 'True' ? 'Normal' : 'Warning', reason, message });
    }
    return again;
  };
}

/** Claims an egress port for each port that travels through the gateway; true: there are none left. */
async function claimPorts(
  { view, source, limits, objection }: Picture,
  { ports }: MirrorControllerOptions,
): Promise<boolean> {
  if (limits?.transport !== 'gateway' || objection !== undefined || source.kind !== 'live') return false;
  const wanted = source.ports.filter((port) => carries(limits, port.protocol)).map((port) => port.port);
  const held = await ports.claim(view.mirror, wanted);
  return wanted.some((port) => !held.has(port));
}

/** An event tells that a mirror began or ceased to work, never that it is still on its way. */
function hasTurned(
  before: { status: string } | undefined,
  after: { status: string; reason: string },
): boolean {
  if (after.reason === 'Pending') return false;
  return before?.status !== after.status;
}
