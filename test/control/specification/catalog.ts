import { links } from '../../../src/api/resources.js';
import { byCatalog, aLink, importing } from '../../gen/gen.js';
import { gatewayAddresses, type OrderClusters } from '../order/clusters.js';
import type { Via } from './shown.js';
import { automaticMirrors } from './topics/automatic.js';
import { catalog } from './topics/catalog.js';
import { drift } from './topics/drift.js';
import { gateway } from './topics/gateway.js';
import { metadata } from './topics/metadata.js';
import { mirrors } from './topics/mirrors.js';
import { names } from './topics/names.js';
import { ports } from './topics/ports.js';
import { quiet } from './topics/quiet.js';
import { refusals } from './topics/refusals.js';
import { remoteServices } from './topics/remote.js';
import type { Cases } from './world.js';

/** Addresses of the egress gateways, which are the endpoints of every mirror. */
const egress = [...gatewayAddresses.egress];
const asUnready = (addresses: readonly string[]) => addresses.map((address) => `(${address})`);

/**
 * London without credentials: it knows of Paris what the ingress gateways there tell. A peer has one Link that may carry
 * traffic, `paris`; mirrors of other Links are synced, and not ready.
 */
export async function viaCatalog({ london, paris }: OrderClusters): Promise<Via> {
  const peer = await paris.published();
  const reading = byCatalog(peer, ...gatewayAddresses.ingress);
  await london.edits(links, 'paris', { spec: { credentialsSecretRef: null, peer } });
  await london.linkSays('paris', 'Connected=True');
  return {
    async link(name, imports) {
      await london.applies(aLink(name, reading, ...(imports === undefined ? [] : [importing(imports)])));
    },
    shown({ podPorts, endpoints, ...wanted }, { spec }) {
      void podPorts;
      if (spec.cluster !== 'paris') return { says: ['Synced=True'], ...wanted };
      if (endpoints === undefined) return wanted;
      const isReady = endpoints.some((each) => !each.startsWith('('));
      return { ...wanted, endpoints: isReady ? egress : asUnready(egress) };
    },
  };
}

/** Sentences about what a catalog does not tell, and about pods that are reached without a gateway. */
const withoutCatalog: readonly string[] = [
  // what is not exported is not there: topics/catalog.ts
  'a service that Paris does not export is not ready until it does',
  'a service without a selector is not exported, for its slices could lead anywhere',
  'a mirror of a mirror is refused',
  'a mirror of one of our mirrors is refused, and named',
  'a service that turns into an alias is no longer followed',
  'a selected alias has a mirror that says why it has no Service',
  'a tool that prunes what carries its label leaves mirrors of what it has applied elsewhere',
  // only TCP is exported, and 256 ports of a service
  'UDP is left out, and session affinity lost, and the mirror says both',
  'one number may be a port of TCP, UDP and SCTP at once',
  'a port that turns from TCP into UDP does so here',
  'a service of 300 ports has 300 here',
  // it does not tell policies of traffic, nor annotations that are too long
  'pods that only the node of the gateway may reach are told of',
  'annotations that leave no room for ours are told of',
  // credentials
  'a Link reads only the remote namespaces that it names, under rights for these alone',
  'a Link of London to itself mirrors no mirror, also where its labels are selected',
  // endpoints are gateways, and headless services need Pods, which API servers alone do not have
  'a service that becomes headless is made anew without a cluster IP',
  'a headless service that gets a cluster IP is made anew with one',
  'a pod that ends and still serves is shown as that',
  'that clients stay with a pod travels, and for how long',
  'slices that others add to a mirror stay when it changes and when it goes',
  'a mirror goes slices first, then its Service',
  'another pod is one write',
  'one pod more is a write, and one of the count',
  'a new mirror is one write of each object',
  'an automatic mirror costs one write more, when it comes and when it goes',
  'a pod that is gone does not count while the slices without it are refused',
];

/** Sentences that hold over a catalog, too, and those about catalogs alone. */
export const overCatalog: Cases = {
  ...Object.fromEntries(
    Object.entries({
      ...{ ...gateway, ...mirrors, ...ports, ...remoteServices, ...metadata },
      ...{ ...automaticMirrors, ...names, ...drift, ...quiet, ...refusals },
    }).filter(([sentence]) => !withoutCatalog.includes(sentence)),
  ),
  ...catalog,
};
