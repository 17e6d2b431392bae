import assert from 'node:assert/strict';
import { links } from '../../../src/api/resources.js';
import { labelled, linkNames, mirrorOf } from '../connect.js';
import { echoService } from '../echo.js';
import type { E2eClusters } from '../clusters.js';

/** With `exports: {all: true}` a service needs no label; without it, it is withdrawn again. */
export async function exportAll({ london, paris }: E2eClusters): Promise<void> {
  await paris.applies(echoService('plain', { app: 'hello' }));
  await london.applies(mirrorOf('plain'));
  await london.mirrorSays('plain', 'Ready=False/NotExported');

  await paris.edits(links, linkNames.toLondon, { spec: { exports: { all: true, services: null } } });
  await london.mirrorSays('plain', 'Ready=True');
  const answer = await london.kubectl('exec caller -- echo-test get http://plain/');
  assert.match(answer, /^hello-deployment-/);

  await paris.edits(links, linkNames.toLondon, { spec: { exports: { all: null, ...labelled } } });
  await london.mirrorSays('plain', 'Ready=False/NotExported');
}
