import assert from 'node:assert/strict';
import { keys } from '../../../src/api/names.js';
import { linkNames, link } from '../connect.js';
import { echoPorts } from '../echo.js';
import { eventually } from '../eventually.js';
import { aLink, aMirror, slicesOf, whenConditions } from '../look.js';
import { mirrorOf } from '../objects.js';
import type { E2eClusters } from '../stage.js';

const name = 'hello-by-linkerd';
const linkName = 'by-linkerd';
const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
const port = { traffic: 8143, probe: 4191 } as const;

/**
 * Transport linkerd, with a stand-in for Linkerd's gateway that answers its probe: the slices lead to the gateway's
 * address and carry what Linkerd's proxies read; while the probe fails they are not ready.
 */
export async function mirrorByLinkerd({ london, paris }: E2eClusters): Promise<void> {
  const host = paris.cluster.nodeAddress;
  await paris.apply(gateway('hello'));
  const probe = { period: '1s', timeout: '1s', port: port.probe, path: '/ready' };
  const addresses = [{ host, port: port.traffic }];
  const credentialsSecretRef = { name: `link-${linkNames.toParis}` };
  await london.apply(
    link(linkName, { credentialsSecretRef, transport: 'linkerd', gateway: { addresses, identity, probe } }),
    mirrorOf('hello', { as: name, cluster: linkName }),
  );
  await whenConditions(london, aMirror(name), ['Ready=True']);
  await whenConditions(london, aLink(linkName), ['GatewayHealthy=True/Healthy', 'Ready=True']);

  const [slice, ...more] = await slicesOf(london, name);
  assert.deepEqual(more, []);
  assert.deepEqual(slice?.endpoints, [{ addresses: [host], conditions: { ready: true } }]);
  assert.deepEqual(slice.ports, [{ name: '', port: port.traffic, protocol: 'TCP' }]);
  assert.equal(slice.metadata.labels?.[keys.mirroredService], 'true');
  assert.equal(slice.metadata.labels[keys.clusterName], linkName);
  assert.equal(slice.metadata.annotations?.[keys.gatewayIdentity], identity);
  assert.equal(slice.metadata.annotations[keys.remoteFqName], 'hello.default.svc.cluster.local');
  assert.match(await london.kubectl(`exec caller -- echo-test get http://${name}/`), /^hello-deployment-/);

  await paris.apply(gateway('nobody'));
  await whenConditions(london, aMirror(name), ['Ready=False/GatewayUnhealthy']);
  // status and slice are written side by side
  await eventually(
    `the slice of ${name} not to be ready`,
    async () => (await slicesOf(london, name))[0],
    (dark) => dark?.endpoints?.[0]?.conditions?.ready === false,
  );
  await paris.apply(gateway('hello'));
  await whenConditions(london, aMirror(name), ['Ready=True']);

  await london.kubectl(`delete servicemirror ${name}`);
  await london.kubectl(`delete links.linkerd.io ${linkName}`);
  await paris.kubectl('delete service linkerd-gateway');
}

/** A LoadBalancer Service of that app's pods, which answer any path, on the ports of a Linkerd gateway. */
function gateway(app: string): object {
  const ports = Object.entries(port).map(([name, port]) => ({ name, port, targetPort: echoPorts.http }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'linkerd-gateway', namespace: 'default' },
    spec: { type: 'LoadBalancer', selector: { app }, ports },
  };
}
