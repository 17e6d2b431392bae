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
  named,
  of,
  offering,
  onlyPorts,
  port,
  unready,
} from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { InBoth, OperatorClusters } from '../clusters.js';

/** How the status of a mirror is written. */
export function settling(clusters: () => OperatorClusters): void {
  /** Once another mirror of the same namespace is ready, what is in Paris has been seen, and what was in line is done. */
  async function settled({ london }: InBoth, name: string): Promise<void> {
    await london.applies(aMirror(name, named(name)));
    await london.mirrorSays(name, 'Ready=True');
  }

  test('a mirror is written four times until it is ready, and then not again', async (t) => {
    const both = await clusters().namespace('settling');
    await both.paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await settled(both, 'other-before');
    const mark = await clusters().london.audit.mark();
    await both.london.applies(aMirror('hello-mirror'));
    await both.london.mirrorSays('hello-mirror', 'Ready=True');
    await settled(both, 'other-after');

    const all = await clusters().london.writtenSince(mark, both.london);
    const written = all.filter(({ object }) => !object.includes('other-'));
    const counts: Partial<Record<string, unknown[]>> = Object.groupBy(
      written,
      ({ verb, resource }) => `${verb} ${resource}`,
    );
    const count = (what: string) => counts[what]?.length ?? 0;
    t.diagnostic(
      Object.entries(counts)
        .map(([what, writes]) => `${writes?.length} ${what}`)
        .join(', '),
    );
    assert.equal(count('create services'), 1);
    assert.equal(count('create endpointslices'), 1);
    assert.equal(count('update servicemirrors/status'), 1);
    assert.equal(written.length, 3, 'nothing else was written');
  });

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
