import assert from 'node:assert/strict';
import { labelled, linkNames, patchLink } from '../connect.js';
import { aMirror, whenConditions } from '../look.js';
import { mirrorOf, serviceOf } from '../objects.js';
import type { E2eClusters } from '../stage.js';

/** With `exports: {all: true}` a service needs no label; without it, it is withdrawn again. */
export async function exportAll({ london, paris }: E2eClusters): Promise<void> {
  await paris.apply(serviceOf('plain', { app: 'hello' }));
  await london.apply(mirrorOf('plain'));
  await whenConditions(london, aMirror('plain'), ['Ready=False/NotExported']);

  await patchLink(paris, linkNames.toLondon, { exports: { all: true, services: null } });
  await whenConditions(london, aMirror('plain'), ['Ready=True']);
  const answer = await london.kubectl('exec caller -- echo-test get http://plain/');
  assert.match(answer, /^hello-deployment-/);

  await patchLink(paris, linkNames.toLondon, { exports: { all: null, ...labelled } });
  await whenConditions(london, aMirror('plain'), ['Ready=False/NotExported']);
}
