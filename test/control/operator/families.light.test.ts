import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Service } from '../../../src/api/objects.js';
import { services } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, port, serviceSpec, slice } from '../../gen/gen.js';
import { messageOf } from '../../driver/conditions.js';
import { withOperator } from './clusters.js';

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

suite('address families over flat, where London has IPv4 alone', () => {
  const { clusters } = withOperator({ paris: both });

  test('a service of both is served over the one', async () => {
    const { london, paris } = await clusters().namespace('dual');
    await paris.applies(aService('hello', port(80), dual), pods.four, pods.six);
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    assert.equal(familiesOf(await london.service('hello')), 'IPv4');
  });

  test('a service of both whose pods have the other one alone is not called ready', async () => {
    const { london, paris } = await clusters().namespace('lost');
    await paris.applies(aService('hello', port(80), dual), pods.six);
    await london.applies(aMirror('hello-mirror'));
    const mirror = await london.mirrorSays('hello-mirror', 'Synced=True', 'Ready=False/UnsupportedService');
    assert.match(messageOf(mirror), /IPv4.*IPv6/);
  });

  test('a service of IPv6 alone is not supported, until it is made anew', async () => {
    const { london, paris } = await clusters().namespace('six');
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
