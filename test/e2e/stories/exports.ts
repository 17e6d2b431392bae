import assert from 'node:assert/strict';
import { labelled, linkNames } from '../connect.js';
import { aMirror, whenConditions } from '../look.js';
import { mirrorOf, serviceOf } from '../objects.js';
import type { Stage } from '../stage.js';

/** With `exports: {all: true}` a service needs no label; without it, it is withdrawn again. */
export async function exportAll({ london, paris }: Stage): Promise<void> {
  const patch = (exports: object) =>
    paris.cluster.kubectl([
      'patch',
      'links.linkerd.io',
      linkNames.toLondon,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { exports } }),
    ]);
  await paris.apply(serviceOf('plain', { app: 'hello' }));
  await london.apply(mirrorOf('plain'));
  await whenConditions(london, aMirror('plain'), ['Ready=False/NotExported']);

  await patch({ all: true, services: null });
  await whenConditions(london, aMirror('plain'), ['Ready=True']);
  const answer = await london.kubectl('exec caller -- echo-test get http://plain/');
  assert.match(answer, /^hello-deployment-/);

  await patch({ all: null, ...labelled });
  await whenConditions(london, aMirror('plain'), ['Ready=False/NotExported']);
}
