import { links } from '../../../src/api/resources.js';
import { playSealed } from '../../driver/stories.js';
import { openNetwork } from '../../../tools/clusters/sealed.js';
import { startOrderClusters } from '../order/clusters.js';
import { overCatalog, viaCatalog } from './catalog.js';
import { gateway, keptBack } from './topics/gateway.js';
import { linkerd, linkerdAddresses } from './topics/linkerd.js';
import { worldsOn } from './world.js';

// Runs sealed: gateways take traffic at addresses that only its own network has.
const { discovery } = JSON.parse(process.argv[2] ?? '{}') as { discovery?: 'catalog' };
const clusters = await startOrderClusters('node');
await openNetwork({ addresses: linkerdAddresses });
await clusters.paris.edits(links, 'london', { spec: { exports: { all: null, ...keptBack } } });
const isCatalog = discovery === 'catalog';
const world = worldsOn(clusters, isCatalog ? await viaCatalog(clusters) : undefined);
const cases = new Map(Object.entries(isCatalog ? overCatalog : { ...gateway, ...linkerd }));
const names = [...cases.keys()];
await playSealed(
  names,
  async (sentence) => {
    const name = `gateways-${names.indexOf(sentence)}`;
    await cases.get(sentence)?.(await world(name));
    // a peer serves some catalogs at a time
    if (isCatalog) await forgetLinks(name);
  },
  isCatalog ? 10 : 6,
);

/** Deletes the Links that a case has made. */
async function forgetLinks(name: string): Promise<void> {
  const made = (await clusters.london.list(links)).map(({ metadata }) => metadata.name);
  await clusters.london.deletes(links, ...made.filter((link) => `${link}-`.includes(`${name}-`)));
}
