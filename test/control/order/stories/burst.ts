import assert from 'node:assert/strict';
import { conditionOf } from '../../../../src/api/conditions.js';
import { serviceMirrors } from '../../../../src/api/resources.js';
import type { ServiceMirror } from '../../../../src/api/servicemirror.js';
import { eventually } from '../../../driver/eventually.js';
import { openClients, type OrderStory } from '../clients.js';
import { follow, type Seen } from '../../../../tools/clusters/follow.js';
import { tally, judge, warningsOf } from '../ledger.js';
import type { Outcome, Plan } from '../plan.js';
import { inTurns } from '../../../../tools/clusters/turns.js';

/**
 * Creates all mirrors in one burst. Each is dialled at the very moment when its first ready endpoint is seen, and again
 * when its status says `EndpointsReady`.
 */
export async function playBurst(
  story: OrderStory,
  { burst: mirrors }: Plan,
  signal: AbortSignal,
): Promise<Outcome> {
  const underway: Promise<void>[] = [];
  const clients = await openClients(
    story,
    {
      namespace: 'burst',
      onReady: (name) => void underway.push(clients.call(name, 'when its first endpoint is ready')),
    },
    signal,
  );
  const numbers = Array.from({ length: mirrors }, (_, n) => n);
  await inTurns(numbers, 16, (n) => clients.serve(`s-${n}`));
  story.tell(`${mirrors} services in Paris`);

  /** The watches of slices and of mirrors may tell in another order than things were written. */
  const callOnceKnown = async (name: string) => {
    const known = eventually(() => clients.directory.lookUp(name) !== undefined, 5_000);
    await known.catch(() => undefined);
    await clients.call(name, 'when it says EndpointsReady');
  };
  const ready = new Set<string>();
  const onMirror = ({ object }: Seen<ServiceMirror>) => {
    const { name } = object.metadata;
    if (ready.has(name) || conditionOf(object, 'EndpointsReady')?.status !== 'True') return;
    ready.add(name);
    underway.push(callOnceKnown(name));
  };
  await follow(clients.london.kube, serviceMirrors, { namespace: 'burst', tell: onMirror }, signal);

  const began = performance.now();
  await inTurns(numbers, 64, (n) => clients.mirror(`m-${n}`, `s-${n}`));
  const created = performance.now() - began;
  await eventually(() => assert.equal(ready.size, mirrors, 'mirrors that are ready'), 120_000);
  const took = performance.now() - began;
  await Promise.all(underway);
  story.tell(
    `${mirrors} mirrors created in ${(created / 1_000).toFixed(1)} s, ready after ${(took / 1_000).toFixed(1)} s`,
  );
  return {
    tallies: tally(clients.dials, clients.facts),
    complaints: warningsOf(clients.dials, (dial) => judge(dial, clients.facts)),
    figures: { createdMs: Math.round(created), readyMs: Math.round(took) },
  };
}
