import { links } from '../../../src/api/resources.js';
import { playSealed } from '../../driver/stories.js';
import { openNetwork } from '../../../tools/clusters/sealed.js';
import { startOrderClusters } from '../order/clusters.js';
import { overCatalog, viaCatalog } from './catalog.js';
import { gateway, keptBack } from './topics/gateway.js';
import { linkerd, linkerdAddresses } from './topics/linkerd.js';
import { playUpgrade, upgrading } from './upgrade.js';
import { worldsOn } from './world.js';

// Runs sealed: gateways take traffic at addresses that only its own network has.
const { discovery } = JSON.parse(process.argv[2] ?? '{}') as { discovery?: 'catalog' };
const clusters = await startOrderClusters('node');
await openNetwork({ addresses: linkerdAddresses });
await clusters.paris.edits(links, 'london', { spec: { exports: { all: null, ...keptBack } } });
await (discovery === 'catalog' ? playOverCatalog() : playOverApiServers());

async function playOverApiServers(): Promise<void> {
  const world = worldsOn(clusters);
  const cases = new Map(Object.entries({ ...gateway, ...linkerd }));
  const names = [...cases.keys()];
  await playSealed(
    names,
    async (sentence) => cases.get(sentence)?.(await world(`gateways-${names.indexOf(sentence)}`)),
    6,
  );
}

async function playOverCatalog(): Promise<void> {
  const upgraded = playUpgrade(clusters, await worldsOn(clusters)('upgraded'));
  await upgraded.catch(() => {});
  const world = worldsOn(clusters, await viaCatalog(clusters));
  const cases = new Map(Object.entries(overCatalog));
  const names = [upgrading, ...cases.keys()];
  await playSealed(
    names,
    async (sentence) => {
      if (sentence === upgrading) return upgraded;
      const name = `catalog-${names.indexOf(sentence)}`;
      await cases.get(sentence)?.(await world(name));
      // a peer serves some catalogs at a time
      await forgetLinks(name);
    },
    10,
  );
}

/** Deletes the Links that a case has made. */
async function forgetLinks(name: string): Promise<void> {
  const made = (await clusters.london.list(links)).map(({ metadata }) => metadata.name);
  await clusters.london.deletes(links, ...made.filter((link) => `${link}-`.includes(`${name}-`)));
}
