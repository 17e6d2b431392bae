import assert from 'node:assert/strict';
import { services } from '../../../src/api/resources.js';
import { eventually } from '../eventually.js';
import { aMirror, isGone, slicesOf, whenConditions } from '../look.js';
import { mirrorOf, serviceOf } from '../objects.js';
import type { E2eClusters } from '../stage.js';

/** A Service of that name that is not ours stays as it is, the mirror says so, and takes the place when it is free. */
export async function meetNameConflict({ london, paris }: E2eClusters): Promise<void> {
  const theirs = [services, 'default/taken'] as const;
  await Promise.all([
    paris.apply(serviceOf('taken', { app: 'hello', exported: true })),
    london.apply(serviceOf('taken', { app: 'somebody-else' })),
  ]);
  const before = await london.kube.get(...theirs);
  await london.apply(mirrorOf('taken'));
  const mirror = await whenConditions(london, aMirror('taken'), [
    'Accepted=False/NameConflict',
    'Ready=False/NameConflict',
  ]);
  assert.match(JSON.stringify(mirror.status?.conditions), /taken/);
  assert.deepEqual(await london.kube.get(...theirs), before);

  await london.kubectl('delete service taken');
  await whenConditions(london, aMirror('taken'), ['Ready=True']);
  assert.notEqual((await london.kube.get(...theirs)).metadata.uid, before.metadata.uid);
  assert.match(await london.kubectl('exec caller -- echo-test get http://taken/'), /^hello-deployment-/);
}

/** A deleted mirror takes its Service and slices with it within 2 s. */
export async function deleteMirror({ london }: E2eClusters): Promise<void> {
  const [resource, key] = aMirror('taken');
  assert.notEqual((await slicesOf(london, 'taken')).length, 0);
  await london.kube.remove(resource, key);
  await eventually(
    'Service and slices of a deleted mirror to go',
    async () => ({
      service: await isGone(london, [services, 'default/taken']),
      slices: (await slicesOf(london, 'taken')).length,
    }),
    ({ service, slices }) => service && slices === 0,
    { within: 2_000, every: 50 },
  );
}
