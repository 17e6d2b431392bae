import assert from 'node:assert/strict';
import { endpointSlices, links, serviceMirrors, services } from '../../../../src/api/resources.js';
import { destinationOf, openStream } from '../../../driver/traffic.js';
import { eventually } from '../../../driver/eventually.js';
import { labelled, port, serviceSpec } from '../../../gen/gen.js';
import { aHeadless } from '../../../gen/pods.js';
import { lists, runs } from '../running.js';
import { servicePort, type RightsStory } from '../story.js';

const address = '10.97.3.221';

/** Milliseconds. */
const patience = 60_000;

/** An automatic mirror of a headless Service has a mirror of each pod over our gateways, and takes these with it. */
export async function automatic({ clusters, tell }: RightsStory): Promise<void> {
  const { london: hasty, paris } = await clusters.namespace('automatic');
  const london = hasty.within(patience);
  const chosen = { team: 'db' };
  const imports = (fields: object) => clusters.london.edits(links, 'paris', { spec: { imports: fields } });
  await paris.applies(
    aHeadless(
      'db',
      ...[port(servicePort, { name: 'db' }), serviceSpec({ selector: { app: 'db' } }), labelled(chosen)],
    ),
  );
  await lists(paris, await runs(paris, ['db-0', address]));
  // Kubernetes' own controller gives a slice the labels of its Service
  for (const { metadata } of await paris.slices('db'))
    await paris.edits(endpointSlices, metadata.name, { metadata: { labels: chosen } });
  await imports({ automatic: true, selector: { matchLabels: chosen } });
  for (const name of ['db-paris', 'db-paris-db-0']) await london.mirrorSays(name, 'Ready=True');
  assert.equal((await london.service('db-paris')).spec.clusterIP, 'None');
  const { clusterIP } = (await london.service('db-paris-db-0')).spec;
  const listed = (await london.slices('db-paris')).flatMap(({ endpoints }) => endpoints ?? []);
  assert.deepEqual(
    listed.map(({ hostname, addresses }) => [hostname, ...addresses]),
    [['db-0', clusterIP]],
  );
  const stream = await openStream(await destinationOf(london, 'db-paris-db-0'));
  stream.close();
  assert.equal(stream.said, address);
  tell('db-0 answers under the name that nobody wrote');
  await imports({ automatic: null, selector: null });
  await eventually(
    async () => assert.deepEqual([await london.list(serviceMirrors), await london.list(services)], [[], []]),
    patience,
  );
}
