import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Service } from '../../../src/api/objects.js';
import { services } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, port, serviceSpec, slice } from '../../gen/gen.js';
import { messageOf } from '../../driver/conditions.js';
import { eventually } from '../../driver/eventually.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import { withOperator, type OperatorClusters } from './clusters.js';

const both = { apiServerArgs: ['--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112'] };
const four = serviceSpec({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] });
const six = serviceSpec({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] });
const dual = serviceSpec({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] });
const pods = {
  four: aSlice('hello', slice('hello-4'), endpoint('10.9.0.1')),
  six: aSlice('hello', slice('hello-6', 'IPv6'), endpoint('fd00:9::1')),
};

/** The families of a Service's addresses, in their order. */
function familiesOf({ spec }: Service): string {
  return (spec.clusterIPs ?? []).map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4')).join();
}

/** London and Paris, where Paris has both families. */
function started(london: typeof both | undefined): Pick<OperatorClusters, 'namespace'> {
  const { clusters } = withOperator({ ...(london !== undefined && { london }), paris: both });
  return { namespace: (name) => clusters().namespace(name) };
}

suite('address families over flat, where both clusters have both', { concurrency: 4 }, () => {
  const clusters = started(both);
  const isServed = (london: NamespaceDriver, families: string, ...endpoints: string[]) =>
    eventually(async () => {
      assert.equal(familiesOf(await london.service('hello')), families);
      assert.deepEqual(await london.endpoints('hello'), endpoints);
      await london.mirrorSays('hello-mirror', 'Synced=True', 'Ready=True');
    });

  test('a service of IPv6 alone gets a Service of IPv6 alone', async () => {
    const { london, paris } = await clusters.namespace('six');
    await paris.applies(aService('hello', port(80), six), pods.six);
    await london.applies(aMirror('hello-mirror'));
    await isServed(london, 'IPv6', 'fd00:9::1');
  });

  test('a service of both gets both, and follows when one is given up and taken again', async () => {
    const { london, paris } = await clusters.namespace('dual');
    await paris.applies(aService('hello', port(80), dual), pods.four, pods.six);
    await london.applies(aMirror('hello-mirror'));
    await isServed(london, 'IPv4,IPv6', '10.9.0.1', 'fd00:9::1');
    const { uid } = (await london.service('hello')).metadata;

    await paris.deletes(services, 'hello');
    await paris.applies(aService('hello', port(80), four));
    await isServed(london, 'IPv4', '10.9.0.1', 'fd00:9::1');
    await paris.edits(services, 'hello', { spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: null } });
    await isServed(london, 'IPv4,IPv6', '10.9.0.1', 'fd00:9::1');
    assert.equal((await london.service('hello')).metadata.uid, uid);
  });

  test('a service that comes back in the other family gets a Service of that, and an Event', async () => {
    const { london, paris } = await clusters.namespace('other');
    await paris.applies(aService('hello', port(80), four), pods.four);
    await london.applies(aMirror('hello-mirror'));
    await isServed(london, 'IPv4', '10.9.0.1');
    await paris.deletes(services, 'hello');
    await paris.applies(aService('hello', port(80), six), pods.six);
    await isServed(london, 'IPv6', '10.9.0.1', 'fd00:9::1');
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=True');
    await eventually(async () => assert.ok((await london.events(mirror)).includes('ServiceReplaced')));
  });
});

suite('address families over flat, where London has IPv4 alone', () => {
  const clusters = started(undefined);

  test('a service of both is served over the one', async () => {
    const { london, paris } = await clusters.namespace('dual');
    await paris.applies(aService('hello', port(80), dual), pods.four, pods.six);
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    assert.equal(familiesOf(await london.service('hello')), 'IPv4');
  });

  test('a service of both whose pods have the other one alone is not called ready', async () => {
    const { london, paris } = await clusters.namespace('lost');
    await paris.applies(aService('hello', port(80), dual), pods.six);
    await london.applies(aMirror('hello-mirror'));
    const mirror = await london.mirrorSays('hello-mirror', 'Synced=True', 'Ready=False/UnsupportedService');
    assert.match(messageOf(mirror), /IPv4.*IPv6/);
  });

  test('a service of IPv6 alone is not supported, until it is made anew', async () => {
    const { london, paris } = await clusters.namespace('six');
    await paris.applies(aService('hello', port(80), six), pods.six);
    await london.applies(aMirror('hello-mirror'));
    const mirror = await london.mirrorSays(
      'hello-mirror',
      'Accepted=False/UnsupportedService',
      'Ready=False/UnsupportedService',
    );
    assert.match(messageOf(mirror), /only IPv6 addresses, and this cluster's API server is not configured/);
    assert.ok(await london.isGone(services, 'hello'));
    await paris.deletes(services, 'hello');
    await paris.applies(aService('hello', port(80), four), pods.four);
    await london.mirrorSays('hello-mirror', 'Accepted=True', 'Ready=True');
  });
});
