import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../../../src/api/objects.js';
import { services } from '../../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, port } from '../../../gen/gen.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** What another manager writes into the spec of a mirror's Service, by what comes of it. */
const edits: Readonly<Record<string, object>> = {
  'its traffic is kept on each node': { internalTrafficPolicy: 'Local' },
  'it becomes a load balancer for some': {
    type: 'LoadBalancer',
    loadBalancerSourceRanges: ['192.0.2.0/24'],
    loadBalancerClass: 'example.com/lb',
    loadBalancerIP: '192.0.2.1',
    allocateLoadBalancerNodePorts: false,
    externalTrafficPolicy: 'Local',
  },
  'it gets a port on each node': { type: 'NodePort', externalTrafficPolicy: 'Local' },
  'it gets external addresses': { externalIPs: ['192.0.2.1'] },
  'it selects pods': { selector: { app: 'theirs' } },
  'it publishes what is not ready': { publishNotReadyAddresses: true },
  'its clients stay with an endpoint': {
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  },
  'it prefers two families': { ipFamilyPolicy: 'PreferDualStack' },
  'its ports change': { ports: [{ name: 'more', port: 81 }] },
};

/** What others write into the spec of a mirror's Service is undone in one write, or is harmless. */
export function servicefields(clusters: () => OperatorClusters): void {
  test('fields that others set in a Service are put back, each in one write', async (t) => {
    const { london, paris } = await clusters().namespace('service-fields');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const { spec: before } = await london.service('hello');
    for (const [what, spec] of Object.entries(edits)) {
      await t.test(what, async () => {
        const mark = await clusters().london.audit.mark();
        const edited = await london.edits(services, 'hello', { spec });
        assert.notDeepEqual(edited.spec, before);
        await eventually(async () => assert.deepEqual((await london.service('hello')).spec, before));
        await eventually(async () => {
          const writes = await clusters().london.writtenSince(mark, london);
          const ofService = writes.filter(({ resource }) => resource === 'services');
          assert.deepEqual(
            ofService.map(({ verb }) => verb),
            ['patch'],
          );
        });
      });
    }

    await t.test('it prefers near endpoints, which stays, for its slices give no hints', async () => {
      await london.edits(services, 'hello', { spec: { trafficDistribution: 'PreferSameNode' } });
      // an edit that is put back shows that this one was looked at
      await london.edits(services, 'hello', { spec: { internalTrafficPolicy: 'Local' } });
      const wanted: Service['spec'] = { ...before, trafficDistribution: 'PreferSameNode' };
      await eventually(async () => assert.deepEqual((await london.service('hello')).spec, wanted));
      for (const { endpoints } of await london.slices('hello'))
        for (const { hints } of endpoints ?? []) assert.equal(hints, undefined);
    });

    await t.test('it becomes an alias, which takes its address away', async () => {
      await london.edits(services, 'hello', { spec: { type: 'ExternalName', externalName: 'example.com' } });
      await eventually(async () => {
        const { spec } = await london.service('hello');
        assert.equal(spec.type, 'ClusterIP');
        assert.equal(spec.externalName, undefined);
        assert.match(spec.clusterIP ?? '', /^10\.96\./);
        assert.deepEqual(spec.ports, before.ports);
      });
      await london.mirrorSays('hello-mirror', 'Ready=True');
    });
  });
}
