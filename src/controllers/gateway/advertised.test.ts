import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aConfigMap, aNode, aService, inNamespace, port, serviceSpec } from '../../../test/gen/gen.js';
import { aCluster } from '../../../test/gen/pki.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { ownNames } from '../../api/names.js';
import { nodes } from '../../api/resources.js';
import { encodeIdentity } from '../../protocol/identity.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import type { Address } from '../../net/address.js';
import { createAdvertised } from './advertised.js';

const before: Address[] = [{ host: '198.51.100.9', port: 4143 }];
const { caBundle } = await aCluster('london').then(({ authority }) => ({ caBundle: authority.ca }));
const identity = aConfigMap(
  ownNames.identity,
  encodeIdentity({ cluster: 'london', uid: 'uid-london', caBundle, addresses: before }),
);
const service = (type: string) =>
  aService(
    ownNames.ingress,
    inNamespace('service-mirror'),
    serviceSpec({ type, externalIPs: ['203.0.113.1'] }),
    port(4143, { nodePort: 31_443 }),
  );
const external = { host: '203.0.113.1', port: 4143 };
const nodeAt = (host: string) => ({ host, port: 31_443 });

/** London with an ingress Service of this type, and an API server that has nodes. */
async function london(t: TestContext, type: string, fixed: readonly Address[] = []) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  const fake = aFakeCluster(service(type), identity);
  let changes = 0;
  const advertised = createAdvertised({
    ...{ kube, caches: fake.caches, self: fake.self, fixed, clock: systemClock, log: silent },
    onChange: () => void changes++,
  });
  t.after(async () => {
    advertised.stop();
    await kube.close();
    await api.close();
  });
  const asked = () => api.seen.filter(({ path }) => path === '/api/v1/nodes').length;
  return { api, fake, advertised, asked, changes: () => changes };
}

describe('createAdvertised()', () => {
  it('publishes what was given by hand, and asks for no nodes', async (t) => {
    const fixed = [{ host: 'gw.example.com', port: 443 }];
    const { advertised, asked } = await london(t, 'NodePort', fixed);
    assert.deepEqual(advertised.addresses(), fixed);
    assert.equal(asked(), 0);
  });

  it('asks for no nodes where the Service is not reached through them', async (t) => {
    const { advertised, asked } = await london(t, 'LoadBalancer');
    assert.deepEqual(advertised.addresses(), [external]);
    assert.equal(asked(), 0);
  });

  it('publishes what it published before until the nodes are read, then follows them', async (t) => {
    const { api, advertised, changes } = await london(t, 'NodePort');
    api.put(nodes, aNode('a', { InternalIP: ['10.0.0.1'] }));
    assert.deepEqual(advertised.addresses(), before);
    await eventually(() => changes() > 0);
    assert.deepEqual(advertised.addresses(), [external, nodeAt('10.0.0.1')]);
    api.put(nodes, aNode('b', { InternalIP: ['10.0.0.2'] }));
    await eventually(() => advertised.addresses().length === 3);
    api.drop(nodes, 'a');
    await eventually(() => advertised.addresses().length === 2);
    assert.deepEqual(advertised.addresses(), [external, nodeAt('10.0.0.2')]);
  });

  it('tells of nodes that changed where we look, and of no others', async (t) => {
    const { api, advertised, changes } = await london(t, 'NodePort');
    advertised.addresses();
    await eventually(() => changes() > 0);
    const atFirst = changes();
    api.put(nodes, aNode('a', { InternalIP: ['10.0.0.1'] }));
    await eventually(() => changes() === atFirst + 1);
    api.put(nodes, aNode('a', { InternalIP: ['10.0.0.1'], Hostname: ['other'] }, 'True', labelled));
    api.put(nodes, aNode('a', { InternalIP: ['10.0.0.1'] }, 'False'));
    await eventually(() => changes() >= atFirst + 2);
    assert.equal(changes(), atFirst + 2);
  });

  it('stays with what was published while the nodes may not be read', async (t) => {
    const { api, advertised, asked } = await london(t, 'NodePort');
    api.fault({ path: '/api/v1/nodes', times: 1_000 }, { kind: 'answer', status: 403 });
    advertised.addresses();
    await eventually(() => asked() > 0);
    assert.deepEqual(advertised.addresses(), before);
  });

  it('lets go of the nodes when the Service is no longer reached through them', async (t) => {
    const { api, fake, advertised } = await london(t, 'NodePort');
    advertised.addresses();
    await eventually(() => api.watches(nodes).length === 1);
    fake.put(service('LoadBalancer'));
    assert.deepEqual(advertised.addresses(), [external]);
    await eventually(() => api.watches(nodes).length === 0);
  });
});

function labelled({ metadata }: { metadata: { labels?: Record<string, string> } }): void {
  metadata.labels = { heart: 'beats' };
}
