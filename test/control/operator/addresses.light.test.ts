import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ownNames } from '../../../src/api/names.js';
import { configMaps, services } from '../../../src/api/resources.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { ownNamespace } from '../../driver/cluster.js';
import { startLightCluster, type LightDriver } from '../../driver/light.js';

suite('the addresses that a cluster publishes of its ingress gateway', () => {
  let london: LightDriver;
  let operator: Operator | undefined;

  before(async () => {
    london = await startLightCluster('london');
  });
  after(async () => {
    await operator?.stop();
    await london.close();
  });

  /** Restarts the operator, with these flags. */
  async function restart(...flags: string[]): Promise<void> {
    await operator?.stop();
    operator = await london.startOperator('--no-leader-election', ...flags);
  }

  const patch = (patch: object, ...more: string[]) =>
    london.kubectl(
      ...[
        'patch',
        'service',
        ownNames.ingress,
        '-n',
        ownNamespace,
        '--type=merge',
        '-p',
        JSON.stringify(patch),
      ],
      ...more,
    );

  /** Puts the Service that the manifests have to this type; gives the node port, if it has one. */
  async function become(spec: object, loadBalancer: object | null = null): Promise<number | undefined> {
    await patch({ spec: { externalIPs: null, ...spec } });
    await patch({ status: { loadBalancer } }, '--subresource=status');
    return (await london.own.get(services, ownNames.ingress)).spec.ports?.[0]?.nodePort;
  }

  async function addNode(
    name: string,
    ready: 'True' | 'False',
    ...addresses: [string, string][]
  ): Promise<void> {
    await london.kubectl.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } }));
    const status = {
      addresses: addresses.map(([type, address]) => ({ type, address })),
      conditions: [{ type: 'Ready', status: ready, reason: 'Test', message: '' }],
    };
    const change = JSON.stringify({ status });
    await london.kubectl('patch', 'node', name, '--subresource=status', '--type=merge', '-p', change);
  }

  const published = (...wanted: string[]) =>
    eventually(async () => {
      const { data } = await london.own.get(configMaps, ownNames.identity);
      const found = JSON.parse(data?.['addresses'] ?? '[]') as { host: string; port: number }[];
      assert.deepEqual(
        found.map(({ host, port }) => `${host} ${port}`),
        wanted,
      );
    }, 30_000);

  test('are what the load balancer was given, IPs and names', async () => {
    await restart();
    await become(
      { type: 'LoadBalancer' },
      { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }] },
    );
    await published('192.0.2.1 4143', 'lb.example.com 4143');
  });

  test('are its external IPs, beside those', async () => {
    await become({ type: 'ClusterIP', externalIPs: ['198.51.100.1'] });
    await published('198.51.100.1 4143');
  });

  test('are those of the nodes that are ready, as they come and go, for a NodePort', async () => {
    await addNode('one', 'True', ['InternalIP', '10.0.0.1'], ['ExternalIP', '203.0.113.1']);
    const port = await become({ type: 'NodePort' });
    await published(`203.0.113.1 ${port}`);
    await addNode('two', 'True', ['InternalIP', '10.0.0.2']);
    await published(`10.0.0.2 ${port}`, `203.0.113.1 ${port}`);
    await addNode('two', 'False', ['InternalIP', '10.0.0.2']);
    await published(`203.0.113.1 ${port}`);
    await addNode('two', 'True', ['InternalIP', '10.0.0.2']);
    await london.kubectl('delete', 'node', 'one');
    await published(`10.0.0.2 ${port}`);
  });

  test('stay the same over a restart of the operator', async () => {
    const { data, metadata } = await london.own.get(configMaps, ownNames.identity);
    await restart();
    await operator!.rests();
    const now = await london.own.get(configMaps, ownNames.identity);
    assert.deepEqual([now.data, now.metadata.resourceVersion], [data, metadata.resourceVersion]);
  });

  test('are those given by hand, whatever the Service says', async () => {
    await restart('--gateway-address=gw.example.com:443', '--gateway-address=[2001:db8::7]:4143');
    await published('gw.example.com 443', '2001:db8::7 4143');
  });
});
