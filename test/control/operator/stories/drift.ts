import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, KubeObject, Service } from '../../../../src/api/objects.js';
import { endpointSlices, services } from '../../../../src/api/resources.js';
import { aMirror, annotated, aService, aSlice, endpoint, labelled, port, slice } from '../../../gen/gen.js';
import { eventually } from '../../../driver/eventually.js';
import type { InBoth, OperatorClusters } from '../clusters.js';

/** Merge patches that somebody makes to a mirror's Service, keyed by what they do. */
const serviceEdits: Readonly<Record<string, object>> = {
  'a port is added': {
    spec: {
      ports: [
        { name: 'web', port: 80 },
        { name: 'more', port: 81 },
      ],
    },
  },
  'a port leads elsewhere': { spec: { ports: [{ port: 80, targetPort: 9090 }] } },
  'a selector is added': { spec: { selector: { app: 'theirs' } } },
  'its type is changed': { spec: { type: 'NodePort' } },
  'its session affinity is changed': { spec: { sessionAffinity: 'ClientIP' } },
  'one of its own labels is changed': { metadata: { labels: { 'linkerd.io/link': 'another' } } },
  'a label that travelled is removed': { metadata: { labels: { team: null } } },
  'an annotation that travelled is changed': { metadata: { annotations: { about: 'theirs' } } },
};

/** Merge patches that somebody makes to a mirror's slice. */
const sliceEdits: Readonly<Record<string, object>> = {
  'an endpoint is added': { endpoints: [{ addresses: ['10.9.0.1'] }, { addresses: ['10.9.0.66'] }] },
  'all its endpoints are removed': { endpoints: [] },
  'a port is changed': { ports: [{ name: '', port: 9090, protocol: 'TCP' }] },
  'it is given to another Service': { metadata: { labels: { 'kubernetes.io/service-name': 'another' } } },
  'it loses the label by which it is found': {
    metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': null } },
  },
};

/** What somebody does to a mirror's objects is undone. */
export function drift(clusters: () => OperatorClusters): void {
  async function aMirrorIn(name: string): Promise<InBoth> {
    const both = await clusters().namespace(name);
    const travelling = [labelled({ team: 'web' }), annotated({ about: 'greets' })];
    await both.paris.applies(
      aService('hello', port(80), ...travelling),
      aSlice('hello', endpoint('10.9.0.1')),
    );
    await both.london.applies(aMirror('hello-mirror'));
    await both.london.mirrorSays('hello-mirror', 'Ready=True');
    return both;
  }

  test('a Service that somebody edits is repaired', async (t) => {
    const { london } = await aMirrorIn('service-drift');
    const before = pointOf(await london.service('hello'));
    for (const [what, patch] of Object.entries(serviceEdits)) {
      await t.test(what, async () => {
        const edited = await london.edits(services, 'hello', patch);
        assert.notDeepEqual(pointOf(edited), before);
        await eventually(async () => assert.deepEqual(pointOf(await london.service('hello')), before));
      });
    }
  });

  test('a slice that somebody edits is repaired', async (t) => {
    const { london } = await aMirrorIn('slice-drift');
    const name = 'hello-mirror-ipv4-0';
    const before = pointOf(await london.get(endpointSlices, name));
    for (const [what, patch] of Object.entries(sliceEdits)) {
      await t.test(what, async () => {
        const edited = await london.edits(endpointSlices, name, patch);
        assert.notDeepEqual(pointOf(edited), before);
        await eventually(async () =>
          assert.deepEqual(pointOf(await london.get(endpointSlices, name)), before),
        );
      });
    }
  });

  test('a slice that somebody deletes comes back', async () => {
    const { london } = await aMirrorIn('slice-deleted');
    await london.deletes(endpointSlices, 'hello-mirror-ipv4-0');
    await london.hasEndpoints('hello', '10.9.0.1');
  });

  test('a Service that somebody deletes comes back with its endpoints', async () => {
    const { london } = await aMirrorIn('service-deleted');
    const before = await london.service('hello');
    await london.deletes(services, 'hello');
    await eventually(async () => {
      const { metadata, spec } = await london.service('hello');
      assert.notEqual(metadata.uid, before.metadata.uid);
      const owners = (await london.slices('hello')).map((each) => each.metadata.ownerReferences?.[0]?.uid);
      assert.deepEqual(owners, [metadata.uid]);
      const { status } = await london.mirrorSays('hello-mirror', 'Ready=True');
      assert.equal(status?.service?.clusterIP, spec.clusterIP);
    });
  });

  test('a slice that others add to a mirror stays, whatever its labels say', async () => {
    const { london, paris } = await aMirrorIn('slice-theirs');
    const theirs = aSlice(
      'hello',
      slice('theirs'),
      endpoint('10.9.0.77'),
      labelled({ 'endpointslice.kubernetes.io/managed-by': 'service-mirror' }),
    );
    await london.applies(theirs);
    const before = await london.get(endpointSlices, 'theirs');
    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    await london.hasEndpoints('hello', '10.9.0.2', '10.9.0.77');
    assert.deepEqual(await london.get(endpointSlices, 'theirs'), before);
  });
}

/** What of an object somebody could change: all but versions and who wrote what. */
function pointOf(object: Readonly<Service | EndpointSlice | KubeObject>): object {
  const { resourceVersion, generation, managedFields, ...metadata } = object.metadata;
  void [resourceVersion, generation, managedFields];
  return { ...object, metadata };
}
