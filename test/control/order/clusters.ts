import type { Clusters } from '../../driver/cluster.js';
import { startLightClusters, type LightDriver } from '../../driver/light.js';
import { gatewayOf, operatorOf } from '../../driver/processes.js';
import { exportOnly, importing, spec, aLink } from '../../gen/gen.js';
import type { Program } from '../../../tools/clusters/program.js';
import { openNetwork } from '../../../tools/clusters/sealed.js';

/** Ranges of ClusterIPs. London's lead nowhere: its clients read slices and dial what these show. */
const serviceCidrs = { london: '10.98.0.0/16', paris: '10.97.0.0/22' } as const;

/** Where the gateways take traffic; all addresses are this machine's. */
export const gatewayAddresses = {
  egress: ['10.20.0.11', '10.20.0.12'],
  ingress: ['10.20.1.11', '10.20.1.12'],
} as const;

/** Both clusters with all that runs in them. */
export type OrderClusters = Clusters<'london' | 'paris', LightDriver> & {
  /** London's; Paris's is not touched. */
  readonly operator: Program;
  /** London's, with the addresses that they have. */
  readonly egress: readonly Program[];
  /** Paris's. */
  readonly ingress: readonly Program[];
};

/**
 * Starts both clusters, links them, and starts everything, in a sealed network of which every ClusterIP of Paris is an
 * address. The sealed process takes it all with it when it ends.
 */
export async function startOrderClusters(implementation: string): Promise<OrderClusters> {
  await openNetwork({
    addresses: [...gatewayAddresses.egress, ...gatewayAddresses.ingress],
    range: serviceCidrs.paris,
  });
  const clusters = await startLightClusters({
    london: { serviceCidr: serviceCidrs.london },
    paris: { serviceCidr: serviceCidrs.paris },
  });
  const { london, paris } = clusters;
  const operator = await operatorOf(london, {
    health: '127.0.0.1:9990',
    flags: gatewayAddresses.egress.map((ip) => `--egress-address=${ip}`),
  });
  const others = await operatorOf(paris, { health: '127.0.0.1:9991' });
  await Promise.all([operator.start(), others.start()]);

  const peer = await london.published();
  await paris.applies(
    aLink('london', exportOnly, spec({ peer, exports: { all: true, allowSelectorless: false } })),
  );
  await london.link(
    'paris',
    await paris.access('peer-london'),
    importing({ namespaceMapping: 'Same' }),
    spec({ gateway: gatewaysOfParis }),
  );
  const gateways = (cluster: LightDriver, role: 'egress' | 'ingress') =>
    Promise.all(
      gatewayAddresses[role].map((address) => gatewayOf(cluster, { role, implementation, address })),
    );
  const [egress, ingress] = await Promise.all([gateways(london, 'egress'), gateways(paris, 'ingress')]);
  await Promise.all([...egress, ...ingress].map((program) => program.start()));
  await london.within(60_000).linkSays('paris', 'GatewayHealthy=True');
  return { ...clusters, operator, egress, ingress };
}

const gatewaysOfParis = {
  addresses: gatewayAddresses.ingress.map((host) => ({ host, port: 4143 })),
  probe: {
    ...{ period: '1s', timeout: '2s', failureThreshold: 3, successThreshold: 1, path: '/ready', port: 4191 },
  },
};
