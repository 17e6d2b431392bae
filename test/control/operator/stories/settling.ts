import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../../../src/api/objects.js';
import { serviceMirrors } from '../../../../src/api/resources.js';
import {
  aMirror,
  aService,
  aSlice,
  endpoint,
  inNamespace,
  of,
  offering,
  onlyPorts,
  port,
  unready,
} from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** How the status of a mirror is written. */
export function settling(clusters: () => OperatorClusters): void {
  test('conditions say of which generation they speak, and move their time only when they turn', async () => {
    const { london, paris } = await clusters().namespace('conditions');
    const offers = offering('web', 'admin');
    await paris.applies(
      aService('hello', port(80, { name: 'web' }), port(81, { name: 'admin' })),
      aSlice('hello', offers, endpoint('10.9.0.1')),
    );
    await london.applies(aMirror('hello-mirror'));
    const first = await london.mirrorSays('hello-mirror', 'Ready=True');
    const timesOf = (conditions: readonly Condition[] = []) =>
      Object.fromEntries(conditions.map((each) => [each.type, each.lastTransitionTime]));
    const times = timesOf(first.status?.conditions);
    // times have no fractions, so that only a later second can be told from this one
    await eventually(() => assert.ok(Date.now() > Date.parse(times['Ready'] ?? '') + 1_000));

    await paris.applies(aSlice('hello', offers, endpoint('10.9.0.1'), endpoint('10.9.0.2')));
    await london.applies(aMirror('hello-mirror', onlyPorts(80)));
    await eventually(async () => {
      const mirror = await london.get(serviceMirrors, 'hello-mirror');
      const { metadata, status } = mirror;
      assert.equal(metadata.generation, 2);
      assert.equal(status?.observedGeneration, 2);
      const generations = status?.conditions?.map(({ observedGeneration }) => observedGeneration);
      assert.deepEqual(generations, [2, 2, 2, 2]);
      assert.match(messageOf(mirror), /^2 of 2/);
      assert.deepEqual(timesOf(status?.conditions), times);
    });

    await paris.applies(aSlice('hello', offers, unready('10.9.0.1')));
    const { status } = await london.mirrorSays('hello-mirror', 'Ready=False');
    const { Accepted, Ready } = timesOf(status?.conditions);
    assert.equal(Accepted, times['Accepted']);
    assert.notEqual(Ready, times['Ready']);
  });

  test('events tell when a mirror begins to work or ceases to, with the reason of its condition', async () => {
    const { london, paris } = await clusters().namespace('events');
    const ready = aSlice('hello', endpoint('10.9.0.1'));
    await paris.applies(aService('hello', port(80)), ready);
    // a Link of its own: of many mirrors that turn together the Link tells
    await clusters().link('events', await clusters().paris.access('peer-london'));
    await london.linkSays('events', 'Ready=True');
    const mirror = aMirror('hello-mirror', inNamespace('events'), of('events', 'events/hello'));
    const are = (...wanted: string[]) =>
      eventually(async () => assert.deepEqual(await london.events(mirror), wanted));

    await london.applies(mirror);
    await are('Ready');
    await paris.applies(aSlice('hello', endpoint('10.9.0.1'), endpoint('10.9.0.2')));
    await paris.applies(aSlice('hello', unready('10.9.0.1')));
    await are('Ready', 'NoReadyEndpoints');
    await paris.applies(ready);
    await are('Ready', 'NoReadyEndpoints', 'Ready');
  });
}
