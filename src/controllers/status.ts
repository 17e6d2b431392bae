import { conditionOf } from '../api/conditions.js';
import { serviceMirrors } from '../api/resources.js';
import { carries } from '../mirror/accept.js';
import { keyOfPort, portsThere } from '../mirror/shownports.js';
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
    const view = { ...picture.view, ...(exhausted !== undefined && { portsExhausted: exhausted }) };
    const decision = decideStatus({ ...picture, view });
    const after = exhausted !== undefined ? portsAgain : decision.lookAgainAfter;
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

/**
 * Claims an egress port for each port of the local Service that travels through the gateway; gives back why some have
 * none. A mirror that is not accepted keeps what it holds, though its status does not say so: nobody else gets it.
 */
async function claimPorts(
  { view, source, limits, objection }: Picture,
  { ports }: MirrorControllerOptions,
): Promise<string | undefined> {
  if (limits === undefined || objection !== undefined) return undefined;
  const held = ports.held(view.mirror);
  if (limits.transport !== 'gateway') {
    if (held.size > 0) await ports.claim(view.mirror, []);
    return undefined;
  }
  if (source.kind !== 'live') return undefined;
  const there = portsThere(view);
  const wanted = source.ports.filter(
    (port) => carries(limits, port.protocol) && (held.has(port.port) || there.has(keyOfPort(port))),
  );
  const numbers = [...new Set(wanted.map(({ port }) => port))];
  if (numbers.length === 0 && held.size === 0) return undefined;
  const claimed = await ports.claim(view.mirror, numbers);
  if (claimed.exhausted === undefined) return undefined;
  const lacking = numbers.filter((port) => !claimed.ports.has(port)).length;
  return `${lacking} of ${numbers.length} ports have no egress port: ${claimed.exhausted}`;
}

/** An event tells that a mirror began or ceased to work, never that it is still on its way. */
function hasTurned(
  before: { status: string } | undefined,
  after: { status: string; reason: string },
): boolean {
  if (after.reason === 'Pending') return false;
  return before?.status !== after.status;
}
