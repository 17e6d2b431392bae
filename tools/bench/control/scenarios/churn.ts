import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../../src/api/objects.js';
import { endpointSlices, keyOf, services, type Resource } from '../../../../src/api/resources.js';
import { inTurns } from '../../../clusters/turns.js';
import { atRate } from '../atrate.js';
import type { Context } from '../context.js';
import { mirrorReconciles, sumOf } from '../metrics.js';
import { unrelatedObjects } from '../objects.js';
import { changeLabel } from '../watcher.js';
import { countRequests, type Continued } from './imported.js';

/** Changes in a second. */
const rate = 200;

/** Services that no Link selects, and their slices, change in Paris; the API server there keeps them to itself. */
export const churn: Continued = async ({ context, london, subject, name }) => {
  const { plan } = context;
  const seconds = plan.changes / plan.rate;
  await context.step(`${plan.unrelated} unrelated services in Paris`, () => addUnrelated(context));
  await subject.settled();
  return context.step(`${name}: unrelated changes`, async () => {
    const cpu = await subject.cpu();
    await sleep(1_000 * seconds);
    const [quiet, requests, before] = [
      (await subject.cpu()) - cpu,
      await countRequests(london),
      countersIn(await subject.metrics()),
    ];
    await change(context, rate * seconds);
    const after = countersIn(await subject.metrics());
    const figures = {
      cpu: (await subject.cpu()) - cpu - 2 * quiet,
      seconds,
      events: after.events - before.events,
      reconciles: after.reconciles - before.reconciles,
      requests: await requests(),
    };
    return { churn: figures };
  });
};

function countersIn(metrics: string) {
  const events = sumOf(metrics, 'service_mirror_reflector_watch_events_total', {
    cluster: 'paris',
    resource: ['services', 'endpointslices'],
  });
  return { events, reconciles: mirrorReconciles(metrics) };
}

/** Adds them, once: all subjects share Paris. */
async function addUnrelated({ plan, paris, layout }: Context): Promise<void> {
  await inTurns(Array(plan.unrelated).keys(), 32, async (n) => {
    const [service, slice] = unrelatedObjects(n, layout);
    await paris.kube.create(services, service);
    await paris.kube.create(endpointSlices, slice);
  });
}

/** Changes Services and slices by turns. */
async function change({ plan, paris, layout }: Context, count: number): Promise<void> {
  const patch = <T extends KubeObject>(resource: Resource<T>, object: T, label: string) =>
    paris.kube.mergePatch(resource, keyOf(object), { metadata: { labels: { [changeLabel]: label } } });
  const writes = await atRate({ count, rate }, (n) => {
    const [service, slice] = unrelatedObjects((n >> 1) % plan.unrelated, layout);
    return n % 2 === 0 ? patch(services, service, String(n)) : patch(endpointSlices, slice, String(n));
  });
  await Promise.all(writes);
}
