import assert from 'node:assert/strict';
import { keys } from '../../../src/api/names.js';
import type { Service } from '../../../src/api/objects.js';
import { linkNames, mirrorOf } from '../connect.js';
import { echoPorts } from '../echo.js';
import { aLink, aService, over, port, serviceSpec, spec } from '../../gen/gen.js';
import type { E2eClusters } from '../clusters.js';

const name = 'hello-by-linkerd';
const linkName = 'by-linkerd';
const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
const ports = { traffic: 8143, probe: 4191 } as const;

/**
 * Transport linkerd, with a stand-in for Linkerd's gateway that answers its probe: the slices lead to the gateway's
 * address and carry what Linkerd's proxies read; while the probe fails they are not ready.
 */
export async function mirrorByLinkerd({ london, paris }: E2eClusters): Promise<void> {
  const host = paris.nodeAddress;
  await paris.applies(gateway('hello'));
  const probe = {
    ...{ period: '1s', timeout: '1s', failureThreshold: 3, successThreshold: 1 },
    ...{ port: ports.probe, path: '/ready' },
  };
  const addresses = [{ host, port: ports.traffic }];
  const credentialsSecretRef = { name: `link-${linkNames.toParis}` };
  await london.applies(
    aLink(linkName, over('linkerd'), spec({ credentialsSecretRef, gateway: { addresses, identity, probe } })),
    mirrorOf('hello', { as: name, cluster: linkName }),
  );
  await london.mirrorSays(name, 'Ready=True');
  await london.linkSays(linkName, 'GatewayHealthy=True/Healthy', 'Ready=True');

  const [slice, ...more] = await london.slices(name);
  assert.deepEqual(more, []);
  assert.deepEqual(slice?.endpoints, [{ addresses: [host], conditions: { ready: true } }]);
  assert.deepEqual(slice.ports, [{ name: '', port: ports.traffic, protocol: 'TCP' }]);
  assert.equal(slice.metadata.labels?.[keys.mirroredService], 'true');
  assert.equal(slice.metadata.labels[keys.clusterName], linkName);
  assert.equal(slice.metadata.annotations?.[keys.gatewayIdentity], identity);
  assert.equal(slice.metadata.annotations[keys.remoteFqName], 'hello.default.svc.cluster.local');
  assert.match(await london.kubectl(`exec caller -- echo-test get http://${name}/`), /^hello-deployment-/);

  await paris.applies(gateway('nobody'));
  await london.mirrorSays(name, 'Ready=False/GatewayUnhealthy');
  // status and slice are written side by side
  await london.hasEndpoints(name, `(${host})`);
  await paris.applies(gateway('hello'));
  await london.mirrorSays(name, 'Ready=True');

  await london.kubectl(`delete servicemirror ${name}`);
  await london.kubectl(`delete links.linkerd.io ${linkName}`);
  await paris.kubectl('delete service linkerd-gateway');
}

/** A LoadBalancer Service of that app's pods, which answer any path, on the ports of a Linkerd gateway. */
function gateway(app: string): Service {
  return aService(
    'linkerd-gateway',
    ...Object.entries(ports).map(([name, number]) => port(number, { name, targetPort: echoPorts.http })),
    serviceSpec({ type: 'LoadBalancer', selector: { app } }),
  );
}
