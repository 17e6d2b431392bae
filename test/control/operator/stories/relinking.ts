import assert from 'node:assert/strict';
import { test } from 'node:test';
import { links, secrets } from '../../../../src/api/resources.js';
import { aMirror, aSecret, aService, aSlice, endpoint, of, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import type { OperatorStory } from '../clusters.js';

/** Links that go, come back, or lead elsewhere. */
export function relinking(stage: () => OperatorStory): void {
  test('a Link that is deleted leaves Services without ready endpoints, until it is back', async () => {
    const { london, paris } = await stage().place('unlinked');
    const kubeconfig = await stage().paris.access('peer-london');
    await stage().link('unlinked', kubeconfig);
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('unlinked', 'unlinked/hello')));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const before = await london.service('hello');

    await london.deletes(links, 'unlinked');
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/LinkNotFound');
    assert.equal(mirror.status?.service?.clusterIP, before.spec.clusterIP);
    await london.hasEndpoints('hello', '(10.9.0.1)');
    assert.deepEqual(await london.service('hello'), before);

    await stage().link('unlinked', kubeconfig);
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await london.hasEndpoints('hello', '10.9.0.1');
    assert.deepEqual(await london.service('hello'), before);
  });

  test('a Link whose credentials lead to another cluster changes nothing until it is made anew', async () => {
    const place = await stage().place('swapped');
    const { london, paris } = place;
    const toParis = await stage().paris.access('peer-london');
    const elsewhere = await stage().london.access('peer-london');
    await stage().link('swapped', toParis);
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('swapped', 'swapped/hello')));
    await london.mirrorIsReady('hello-mirror');
    const { status } = await london.linkSays('swapped', 'Ready=True');

    const mark = await stage().london.audit.mark();
    await stage().own.applies(aSecret('link-swapped', { kubeconfig: elsewhere }));
    const link = await london.linkSays(
      'swapped',
      'Connected=False/ClusterChanged',
      'Ready=False/ClusterChanged',
    );
    assert.match(messageOf(link, 'Connected'), /nothing is changed\. .* delete the Link and create it again/);
    assert.deepEqual(link.status?.peer, status?.peer);
    await stage().own.applies(aSecret('link-swapped', { kubeconfig: toParis }));
    await london.linkSays('swapped', 'Connected=True', 'Ready=True');
    assert.deepEqual(await stage().writtenSince(mark, place), []);

    await london.deletes(links, 'swapped');
    await london.mirrorSays('hello-mirror', 'Ready=False/LinkNotFound');
    await stage().own.deletes(secrets, 'link-swapped');
    await stage().link('swapped', elsewhere);
    const anew = await london.linkSays('swapped', 'Connected=True', 'Ready=True');
    assert.notDeepEqual(anew.status?.peer, status?.peer);
  });
}
