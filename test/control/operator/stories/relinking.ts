import assert from 'node:assert/strict';
import { test } from 'node:test';
import { links, secrets } from '../../../../src/api/resources.js';
import { aMirror, aSecret, aService, aSlice, endpoint, of, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import type { OperatorClusters } from '../clusters.js';

/** Links that go, come back, or lead elsewhere. */
export function relinking(clusters: () => OperatorClusters): void {
  test('a Link that is deleted leaves Services without ready endpoints, until it is back', async () => {
    const { london, paris } = await clusters().namespace('unlinked');
    const kubeconfig = await clusters().paris.access('peer-london');
    await clusters().link('unlinked', kubeconfig);
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('unlinked', 'unlinked/hello')));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const before = await london.service('hello');

    await london.deletes(links, 'unlinked');
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/LinkNotFound');
    assert.equal(mirror.status?.service?.clusterIP, before.spec.clusterIP);
    await london.hasEndpoints('hello', '(10.9.0.1)');
    assert.deepEqual(await london.service('hello'), before);

    await clusters().link('unlinked', kubeconfig);
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await london.hasEndpoints('hello', '10.9.0.1');
    assert.deepEqual(await london.service('hello'), before);
  });

  test('a Link whose credentials lead to another cluster changes nothing until it is made anew', async () => {
    const { london, paris } = await clusters().namespace('swapped');
    const toParis = await clusters().paris.access('peer-london');
    const elsewhere = await clusters().london.access('peer-london');
    await clusters().link('swapped', toParis);
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('swapped', 'swapped/hello')));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const { status } = await london.linkSays('swapped', 'Ready=True');

    const mark = await clusters().london.audit.mark();
    await clusters().london.own.applies(aSecret('link-swapped', { kubeconfig: elsewhere }));
    const link = await london.linkSays(
      'swapped',
      'Connected=False/ClusterChanged',
      'Ready=False/ClusterChanged',
    );
    assert.match(messageOf(link, 'Connected'), /nothing is changed\. .* delete the Link and create it again/);
    assert.deepEqual(link.status?.peer, status?.peer);
    await clusters().london.own.applies(aSecret('link-swapped', { kubeconfig: toParis }));
    await london.linkSays('swapped', 'Connected=True', 'Ready=True');
    assert.deepEqual(await clusters().london.writtenSince(mark, london), []);

    await london.deletes(links, 'swapped');
    await london.mirrorSays('hello-mirror', 'Ready=False/LinkNotFound');
    await clusters().london.own.deletes(secrets, 'link-swapped');
    await clusters().link('swapped', elsewhere);
    const anew = await london.linkSays('swapped', 'Connected=True', 'Ready=True');
    assert.notDeepEqual(anew.status?.peer, status?.peer);
  });
}
