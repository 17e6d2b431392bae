import assert from 'node:assert/strict';
import type { KubeObject, Service } from '../../../../src/api/objects.js';
import { endpointSlices, services, type Resource } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import type { Cases, World } from '../world.js';

/** What of an object somebody could change: all but versions and who wrote what. */
function pointOf(object: Readonly<KubeObject>): object {
  const { resourceVersion, generation, managedFields, ...metadata } = object.metadata;
  void [resourceVersion, generation, managedFields];
  return { ...object, metadata };
}

async function isThere({ london, paris }: World): Promise<void> {
  await paris.exports('web', { labels: { team: 'shop' }, annotations: { about: 'sells' } });
  await london.mirrors('web').from('paris');
  // all of them: one egress gateway may have the route later than another
  await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
}

/** Somebody makes that patch to an object of a mirror, and it is undone by one write. */
const undone =
  <T extends KubeObject>(resource: Resource<T>, name: string, patch: object) =>
  async (world: World): Promise<void> => {
    const { london } = world;
    await isThere(world);
    const before = pointOf(await london.get(resource, name));
    await london.writes([`patch ${resource.plural} ${name}`], async () => {
      assert.notDeepEqual(pointOf(await london.edits(resource, name, patch)), before);
      await eventually(async () => assert.deepEqual(pointOf(await london.get(resource, name)), before));
    });
  };
const inService = (patch: object) => undone(services, 'web-paris', patch);
const inSlice = (patch: object) => undone(endpointSlices, 'web-paris-mirror-ipv4-0', patch);
const inSpec = (spec: object) => inService({ spec });

/** What somebody does to what belongs to a mirror is undone in one write. */
export const drift: Cases = {
  'a port that somebody adds to a mirror is removed': inSpec({
    ports: [
      { name: 'web', port: 80 },
      { name: 'more', port: 81 },
    ],
  }),
  'a port that somebody replaces is put back': inSpec({ ports: [{ name: 'more', port: 81 }] }),
  'a port that somebody leads elsewhere leads back': inSpec({ ports: [{ port: 80, targetPort: 9090 }] }),
  'a selector that somebody adds is removed': inSpec({ selector: { app: 'theirs' } }),
  'a mirror that somebody opens on every node is closed': inSpec({
    ...{ type: 'NodePort', externalTrafficPolicy: 'Local' },
  }),
  'a mirror that somebody makes a load balancer is none': inSpec({
    type: 'LoadBalancer',
    loadBalancerSourceRanges: ['192.0.2.0/24'],
    loadBalancerClass: 'example.com/lb',
    loadBalancerIP: '192.0.2.1',
    allocateLoadBalancerNodePorts: false,
    externalTrafficPolicy: 'Local',
  }),
  'external addresses that somebody adds are removed': inSpec({ externalIPs: ['192.0.2.1'] }),
  'traffic that somebody keeps on each node is let go': inSpec({ internalTrafficPolicy: 'Local' }),
  'that somebody publishes pods which are not ready is undone': inSpec({ publishNotReadyAddresses: true }),
  'that somebody ties clients to a pod is undone': inSpec({
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  }),
  'that somebody asks for both address families is undone': inSpec({ ipFamilyPolicy: 'PreferDualStack' }),
  'a label of ours that somebody changes is put back': inService({
    metadata: { labels: { 'linkerd.io/link': 'another' } },
  }),
  'a label that travelled and that somebody removes is put back': inService({
    metadata: { labels: { team: null } },
  }),
  'an annotation that travelled and that somebody changes is put back': inService({
    metadata: { annotations: { about: 'theirs' } },
  }),
  'an endpoint that somebody adds to a slice is removed': inSlice({
    endpoints: [{ addresses: ['10.9.0.1'] }, { addresses: ['10.9.0.66'] }],
  }),
  'endpoints that somebody removes from a slice are put back': inSlice({ endpoints: [] }),
  'a port that somebody changes in a slice is put back': inSlice({
    ports: [{ name: '', port: 9090, protocol: 'TCP' }],
  }),
  'a slice that somebody gives to another Service is taken back': inSlice({
    metadata: { labels: { 'kubernetes.io/service-name': 'another' } },
  }),
  'a slice that loses the label by which it is found is found': inSlice({
    metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': null } },
  }),

  'a mirror that somebody turns into an alias gets an address again': async (world) => {
    const { london } = world;
    await isThere(world);
    await london.edits(services, 'web-paris', {
      spec: { type: 'ExternalName', externalName: 'example.com' },
    });
    await london.shows('web-paris', { spec: { type: 'ClusterIP', externalName: undefined } });
    assert.match((await london.service('web-paris')).spec.clusterIP ?? '', /^10\.9[68]\./);
  },

  'a slice that somebody deletes comes back': async (world) => {
    const { london } = world;
    await isThere(world);
    await london.deletes(endpointSlices, 'web-paris-mirror-ipv4-0');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a Service that somebody deletes comes back with its endpoints': async (world) => {
    const { london } = world;
    await isThere(world);
    const before = await london.service('web-paris');
    await london.deletes(services, 'web-paris');
    const { metadata, spec } = await london.shows('web-paris', { endpoints: ['10.9.0.1'], after: before });
    await eventually(async () => {
      const owners = (await london.slices('web-paris')).map(
        (slice) => slice.metadata.ownerReferences?.[0]?.uid,
      );
      assert.deepEqual(owners, [metadata.uid]);
      const mirror = await london.mirrorSays('web-paris', 'Ready=True');
      assert.equal(mirror.status?.service?.clusterIP, spec.clusterIP);
    });
  },

  'that somebody prefers near endpoints stays, for no endpoint of a mirror is near': async (world) => {
    const { london } = world;
    await isThere(world);
    const spec: Partial<Service['spec']> = { trafficDistribution: 'PreferSameNode' };
    await london.writes([], () => london.edits(services, 'web-paris', { spec }));
    await london.shows('web-paris', { spec });
    for (const { endpoints } of await london.slices('web-paris'))
      for (const { hints } of endpoints ?? []) assert.equal(hints, undefined);
  },

  'labels and annotations that others add stay, while those of Paris come and go': async (world) => {
    const { london, paris } = world;
    await isThere(world);
    const theirs = { labels: { theirs: 'yes' }, annotations: { theirs: 'yes' } };
    await london.writes([], () => london.edits(services, 'web-paris', { metadata: theirs }));
    await paris.exports('web', { labels: { tier: 'front' } });
    await london.shows('web-paris', {
      labels: { tier: 'front', team: undefined, theirs: 'yes' },
      annotations: { about: undefined, theirs: 'yes' },
    });
  },
};
