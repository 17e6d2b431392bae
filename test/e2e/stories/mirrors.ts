import assert from 'node:assert/strict';
import { serviceMirrors, services } from '../../../src/api/resources.js';
import { eventually } from '../../driver/eventually.js';
import { mirrorOf } from '../connect.js';
import { echoService } from '../echo.js';
import type { E2eClusters } from '../clusters.js';

/** A Service of that name that is not ours stays as it is, the mirror says so, and takes the place when it is free. */
export async function meetNameConflict({ london, paris }: E2eClusters): Promise<void> {
  await Promise.all([
    paris.applies(echoService('taken', { app: 'hello', exported: true })),
    london.applies(echoService('taken', { app: 'somebody-else' })),
  ]);
  const before = await london.service('taken');
  await london.applies(mirrorOf('taken'));
  const mirror = await london.mirrorSays('taken', 'Accepted=False/NameConflict', 'Ready=False/NameConflict');
  assert.match(JSON.stringify(mirror.status?.conditions), /taken/);
  assert.deepEqual(await london.service('taken'), before);

  await london.kubectl('delete service taken');
  await london.mirrorSays('taken', 'Ready=True');
  assert.notEqual((await london.service('taken')).metadata.uid, before.metadata.uid);
  assert.match(await london.kubectl('exec caller -- echo-test get http://taken/'), /^hello-deployment-/);
}

/** A deleted mirror takes its Service and slices with it within 2 s. */
export async function deleteMirror({ london }: E2eClusters): Promise<void> {
  assert.notEqual((await london.slices('taken')).length, 0);
  await london.deletes(serviceMirrors, 'taken');
  await eventually(async () => {
    assert.ok(await london.isGone(services, 'taken'), 'the Service is there');
    assert.equal((await london.slices('taken')).length, 0, 'slices');
  }, 2_000);
}
