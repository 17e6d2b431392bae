import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { conditionOf } from '../../../src/api/conditions.js';
import { links, serviceMirrors } from '../../../src/api/resources.js';
import { node } from '../../conformance/pairings.js';
import { eventually } from '../../driver/eventually.js';
import { startServing, type ServingDriver } from '../../driver/gateways.js';
import { runInProcess } from '../../driver/inprocess.js';
import { call, startEchoServer, type Destination, type EchoServer } from '../../driver/traffic.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  endpoint,
  exportOnly,
  of,
  port,
  spec,
} from '../../gen/gen.js';

const patience = 90_000;

/** A cluster with its operator and its gateways on an address of this host. */
function start(name: string, host: string): Promise<ServingDriver> {
  const operator = { clusterName: name, egressAddresses: [host] };
  return startServing(name, {
    ...{ host, implementation: node },
    startOperator: async (cluster) => runInProcess(await cluster.access('service-mirror-operator'), operator),
  });
}

suite('a cluster that only dials out, and of which nothing but its name and its CA is known', () => {
  let hub: ServingDriver;
  let edge: ServingDriver;
  let server: EchoServer;
  let destination: Destination;
  const told = async (condition: 'Connected' | 'GatewayHealthy' | 'Ready') => {
    const { status } = await hub.get(links, 'edge');
    const { status: is, message } = conditionOf({ status: status ?? {} }, condition) ?? {};
    return `${is} ${status?.gateway?.display}: ${message}`;
  };

  before(async () => {
    const net = `127.${40 + (process.pid % 40)}.${Math.floor(Math.random() * 250)}`;
    [hub, edge] = await Promise.all([start('hub', `${net}.2`), start('edge', `${net}.3`)]);
    server = await startEchoServer();
    const accept = {
      imports: { namespaceMapping: 'Same' as const, metadata: 'Safe' as const },
      gateway: { direction: 'Accept' as const },
      peer: await edge.published(),
    };
    await hub.applies(aLink('edge', exportOnly, spec(accept)));
    for (const cluster of [hub, edge]) await cluster.applies(aNamespace('shop'));
    await edge.in('shop').applies(aService('echo', port(server.port)), aSlice('echo', endpoint('10.7.0.1')));
    await hub.in('shop').applies(aMirror('echo', of('edge', 'shop/echo')));
  });
  after(async () => {
    await Promise.all([hub.close(), edge.close()]);
    server.close();
  });

  test('the Link says that nobody has dialled in', async () => {
    await eventually(
      async () =>
        assert.match(await told('GatewayHealthy'), /^False dialled in \(0\): no gateway of the peer has/),
      patience,
    );
    await eventually(
      async () => assert.match(await told('Connected'), /^False .*no gateway of the peer has dialled in/),
      patience,
    );
  });

  test('it is mirrored by its catalog and called over what it dials', async () => {
    const dial = { direction: 'Dial' as const, dialAddresses: [{ host: hub.host, port: 4145 }] };
    const exports = { all: true, allowSelectorless: true };
    const peer = await hub.published();
    await edge.applies(aLink('hub', exportOnly, spec({ exports, gateway: dial, peer })));
    const gatewayPort = await eventually(async () => {
      const { status } = await hub.in('shop').get(serviceMirrors, 'echo');
      return status?.ports?.[0]?.gatewayPort ?? false;
    }, patience);
    destination = { host: hub.host, port: gatewayPort };
    await eventually(() => call(destination), patience);
    await eventually(
      async () => assert.match(await told('GatewayHealthy'), /^True dialled in \(1\): .*dials in, answers/),
      patience,
    );
    assert.match(await told('Connected'), /^True /);
  });

  test('when its Link goes, it is called no more, and the Link here says why', async () => {
    await edge.deletes(links, 'hub');
    await eventually(() => assert.rejects(call(destination)), patience);
    await eventually(
      async () =>
        assert.match(await told('GatewayHealthy'), /^False dialled in \(0\): no gateway of the peer has/),
      patience,
    );
  });
});
