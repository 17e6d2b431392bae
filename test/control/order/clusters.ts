import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownNames } from '../../../src/api/names.js';
import { configMaps } from '../../../src/api/resources.js';
import { aLink, aNamespace, aSecret, exportOnly, importing, spec } from '../../gen/gen.js';
import { clusterClientOf, type ClusterClient } from '../../driver/namespace.js';
import { eventually } from '../../driver/eventually.js';
import { openSite, ownNamespace, type ControlCluster } from '../../driver/light.js';
import { gatewayAddresses, serviceCidrs } from '../network.js';
import { programOf, type Program } from '../../../tools/clusters/program.js';

/** Both clusters with all that runs in them. */
export interface OrderClusters {
  /** Each seen from its operator's namespace. */
  readonly london: ClusterClient;
  readonly paris: ClusterClient;
  /** Makes a namespace in both. */
  place(namespace: string): Promise<{ readonly london: ClusterClient; readonly paris: ClusterClient }>;
  /** London's; Paris's is not touched. */
  readonly operator: Program;
  /** London's, with the addresses that they have. */
  readonly egress: readonly Program[];
  /** Paris's. */
  readonly ingress: readonly Program[];
}

/** Opens both cities, links them, and starts everything; the sealed process takes it all with it when it ends. */
export async function openOrderClusters(implementation: string): Promise<OrderClusters> {
  const manifests = ['manifests', 'manifests/peer-access'];
  const [london, paris] = await Promise.all([
    openSite(manifests, { serviceCidr: serviceCidrs.london }),
    openSite(manifests, { serviceCidr: serviceCidrs.paris }),
  ]);
  const cities = {
    london: clusterClientOf(london.kube, ownNamespace),
    paris: clusterClientOf(paris.kube, ownNamespace),
  };
  const [operator, parisOperator] = await Promise.all([
    operatorOf(london, 'london'),
    operatorOf(paris, 'paris'),
  ]);
  await Promise.all([operator.start(), parisOperator.start()]);

  const peer = { cluster: 'london', caBundle: await bundleOf(london) };
  await cities.paris.applies(
    aLink('london', exportOnly, spec({ peer, exports: { all: true, allowSelectorless: false } })),
  );
  await cities.london.applies(
    aSecret('link-paris', { kubeconfig: await paris.access('peer-london') }),
    aLink('paris', importing({ namespaceMapping: 'Same' }), spec({ gateway: gatewaysOfParis })),
  );
  const gateways = async (site: ControlCluster, role: 'egress' | 'ingress') =>
    Promise.all(gatewayAddresses[role].map((ip, n) => gatewayOf(site, { role, ip, n, implementation })));
  const [egress, ingress] = await Promise.all([gateways(london, 'egress'), gateways(paris, 'ingress')]);
  await Promise.all([...egress, ...ingress].map((program) => program.start()));
  await cities.london.within(60_000).linkSays('paris', 'GatewayHealthy=True');
  return {
    ...{ ...cities, operator, egress, ingress },
    async place(namespace) {
      await Promise.all(Object.values(cities).map((city) => city.creates(aNamespace(namespace))));
      return {
        london: clusterClientOf(london.kube, namespace),
        paris: clusterClientOf(paris.kube, namespace),
      };
    },
  };
}

const gatewaysOfParis = {
  addresses: gatewayAddresses.ingress.map((host) => ({ host, port: 4143 })),
  probe: {
    period: '1s',
    timeout: '2s',
    failureThreshold: 3,
    successThreshold: 1,
    path: '/ready',
    port: 4191,
  },
};

async function operatorOf(site: ControlCluster, city: string): Promise<Program> {
  const kubeconfig = await accessFile(site, 'service-mirror-operator', `${city}-operator`);
  const health = city === 'london' ? '127.0.0.1:9990' : '127.0.0.1:9991';
  const egressGateways =
    city === 'london' ? gatewayAddresses.egress.map((ip) => `--egress-address=${ip}`) : [];
  return programOf(`${city}-operator`, health, [
    ...[
      'operator',
      `--kubeconfig=${kubeconfig}`,
      `--cluster-name=${city}`,
      '--no-leader-election',
      ...egressGateways,
    ],
  ]);
}

async function gatewayOf(
  site: ControlCluster,
  {
    role,
    ip,
    n,
    implementation,
  }: { role: 'egress' | 'ingress'; ip: string; n: number; implementation: string },
): Promise<Program> {
  const name = `${role}-${n}`;
  const kubeconfig = await accessFile(site, `service-mirror-${role}`, name);
  return programOf(name, `${ip}:9990`, [
    ...['gateway', `--role=${role}`, `--kubeconfig=${kubeconfig}`, `--implementation=${implementation}`],
    ...[`--address=${ip}`, '--leave-timeout=5s', '--drain-timeout=1s'],
  ]);
}

async function accessFile(site: ControlCluster, account: string, name: string): Promise<string> {
  const path = join(tmpdir(), `${name}.kubeconfig`);
  await writeFile(path, await site.access(account), { mode: 0o600 });
  return path;
}

/** The CAs that a cluster publishes of itself, as its administrator would read them. */
function bundleOf({ kube }: ControlCluster): Promise<string> {
  return eventually(async () => {
    const { data } = await kube.get(configMaps, `${ownNamespace}/${ownNames.identity}`);
    const bundle = data?.['ca.crt'];
    if (bundle === undefined) throw new Error('no CA bundle is published');
    return bundle;
  }, 30_000);
}
