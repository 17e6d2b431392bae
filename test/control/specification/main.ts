import { links } from '../../../src/api/resources.js';
import { playSealed } from '../../driver/stories.js';
import { openNetwork } from '../../../tools/clusters/sealed.js';
import { startOrderClusters } from '../order/clusters.js';
import { gateway, keptBack } from './topics/gateway.js';
import { linkerd, linkerdAddresses } from './topics/linkerd.js';
import { worldsOn } from './world.js';

// Runs sealed: gateways take traffic at addresses that only its own network has.
const clusters = await startOrderClusters('node');
await openNetwork({ addresses: linkerdAddresses });
await clusters.paris.edits(links, 'london', { spec: { exports: { all: null, ...keptBack } } });
const world = worldsOn(clusters);
const cases = new Map(Object.entries({ ...gateway, ...linkerd }));
const names = [...cases.keys()];
await playSealed(
  names,
  async (sentence) => cases.get(sentence)?.(await world(`gateways-${names.indexOf(sentence)}`)),
  6,
);
