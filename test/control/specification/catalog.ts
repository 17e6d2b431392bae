import { links } from '../../../src/api/resources.js';
import { byCatalog, aLink, importing } from '../../gen/gen.js';
import { gatewayAddresses, type OrderClusters } from '../order/clusters.js';
import type { Via } from './london.js';

/** Addresses of the egress gateways, which are the endpoints of every mirror. */
const egress = [...gatewayAddresses.egress];
const asUnready = (addresses: readonly string[]) => addresses.map((address) => `(${address})`);

/**
 * London without credentials: it knows of Paris what the ingress gateways there tell. A peer has one Link that may carry
 * traffic, `paris`; mirrors of other Links are synced, and not ready.
 */
export async function viaCatalog({ london, paris }: OrderClusters): Promise<Via> {
  const peer = await paris.published();
  const catalog = byCatalog(peer, ...gatewayAddresses.ingress);
  await london.edits(links, 'paris', { spec: { credentialsSecretRef: null, peer } });
  await london.linkSays('paris', 'Connected=True');
  return {
    async link(name, imports) {
      await london.applies(aLink(name, catalog, ...(imports === undefined ? [] : [importing(imports)])));
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
