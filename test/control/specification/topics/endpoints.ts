import assert from 'node:assert/strict';
import type { Service } from '../../../../src/api/objects.js';
import { endpointSlices, services } from '../../../../src/api/resources.js';
import { aSlice, endpoint, slice, slicePorts } from '../../../gen/gen.js';
import { eventually } from '../../../driver/eventually.js';
import type { Cases, World } from '../world.js';

const six = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] };
const dual = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] };
const pods = ['10.9.0.1', 'fd00:9::1'];

/** The families of a Service's addresses, in their order. */
function familiesOf({ spec }: Service): string {
  return (spec.clusterIPs ?? []).map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4')).join();
}

/** Waits until the mirror has cluster IPs of these families. */
async function has({ london }: World, families: string, ...endpoints: string[]): Promise<Service> {
  return eventually(async () => {
    const service = await london.shows('web-paris', { endpoints });
    assert.equal(familiesOf(service), families);
    return service;
  });
}

/** Endpoints of a mirror, and their addresses; both clusters have both address families. */
export const endpoints: Cases = {
  'conditions and host names of pods travel, and where they run does not': async ({
    london,
    paris,
    name,
  }) => {
    await paris.exports('web');
    const placed = {
      ...{ nodeName: 'node-1', zone: 'zone-1', hints: { forZones: [{ name: 'zone-1' }] } },
      targetRef: { kind: 'Pod', name: 'web-0', namespace: name },
    };
    const ending = { ready: false, serving: true, terminating: true };
    await paris.edits(endpointSlices, 'web-ipv4', {
      endpoints: [
        { addresses: ['10.9.0.1'], conditions: { ready: true }, hostname: 'web-0', ...placed },
        { addresses: ['10.9.0.2'], conditions: ending },
      ],
    });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: ['10.9.0.1', '(10.9.0.2)'] });
    assert.deepEqual((await london.slices('web-paris'))[0]?.endpoints, [
      { addresses: ['10.9.0.1'], conditions: { ready: true }, hostname: 'web-0' },
      { addresses: ['10.9.0.2'], conditions: ending },
    ]);
  },

  'endpoints that are names and no addresses stay in Paris': async ({ london, paris }) => {
    await paris.exports('web');
    const ports = slicePorts({ name: '', port: 8080, protocol: 'TCP' });
    await paris.applies(aSlice('web', slice('web-names', 'FQDN'), ports, endpoint('web.example.com')));
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a slice of London has 100 endpoints at most': async ({ london, paris }) => {
    const many = Array.from({ length: 150 }, (_, n) => `10.9.1.${n + 1}`);
    await paris.exports('web', { pods: many });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: many, counted: '150/150' });
    const sizes = async () => (await london.slices('web-paris')).map((each) => each.endpoints?.length);
    assert.deepEqual(await sizes(), [100, 50]);
    await paris.runs('web', ...many.slice(0, 40));
    await london.shows('web-paris', { endpoints: many.slice(0, 40), counted: '40/40' });
    await eventually(async () => assert.deepEqual(await sizes(), [40]));
  },

  'pods that serve one port at different numbers are each reached at theirs': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    const ports = slicePorts({ name: 'http', port: 9999, protocol: 'TCP' });
    await paris.applies(aSlice('web', slice('web-new'), ports, endpoint('10.9.0.2')));
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', {
      ...{ endpoints: ['10.9.0.1', '10.9.0.2'], podPorts: ['http 8080', 'http 9999'], counted: '2/2' },
    });
  },

  'a service without a selector is mirrored like any other': async ({ london, paris }) => {
    await paris.exports('web');
    await paris.changes('web', { spec: { selector: null } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a pod that has addresses of both families is one endpoint': async ({ london, paris }) => {
    await paris.exports('web', { pods, spec: dual });
    const targetRef = { kind: 'Pod', name: 'web-0', uid: '11111111-2222-3333-4444-555555555555' };
    for (const [family, address] of [['ipv4', pods[0]] as const, ['ipv6', pods[1]] as const])
      await paris.edits(endpointSlices, `web-${family}`, {
        endpoints: [{ addresses: [address], targetRef }],
      });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: pods, counted: '1/1' });
  },

  'a service of IPv6 alone gets a Service of IPv6 alone': async (world) => {
    const { london, paris } = world;
    await paris.exports('web', { spec: six, pods: ['fd00:9::1'] });
    await london.mirrors('web').from('paris');
    await has(world, 'IPv6', 'fd00:9::1');
  },

  'a service of both families gets both, and follows when it gives one up': async (world) => {
    const { london, paris } = world;
    await paris.exports('web', { spec: dual, pods });
    await london.mirrors('web').from('paris');
    const { metadata } = await has(world, 'IPv4,IPv6', ...pods);
    await paris.deletes(services, 'web');
    await paris.exports('web', { spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] }, pods });
    await has(world, 'IPv4', ...pods);
    await paris.changes('web', { spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: null } });
    assert.equal((await has(world, 'IPv4,IPv6', ...pods)).metadata.uid, metadata.uid);
  },

  'a service that comes back in the other family gets another Service, and an Event': async (world) => {
    const { london, paris } = world;
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await has(world, 'IPv4', '10.9.0.1');
    await paris.loses('web');
    await paris.exports('web', { spec: six, pods: ['fd00:9::1'] });
    const after = await has(world, 'IPv6', 'fd00:9::1');
    assert.notEqual(after.metadata.uid, before.metadata.uid);
    await london.tellsOf('web-paris', 'ServiceReplaced');
  },
};
