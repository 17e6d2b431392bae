import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { links } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, inNamespace, of, port } from '../../gen/gen.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import type { Write } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';

/** Requests of ours that are under way at the same time. */
const atOnce = 8;

/** Longest wait (ms), also for many mirrors on a busy machine. */
const patience = 60_000;

suite('Events about mirrors', () => {
  let clusters: OperatorClusters;
  let both: InBoth;
  const few = ['few-0', 'few-1', 'few-2'];
  const many = Array.from({ length: 100 }, (_, index) => `many-${index}`);

  before(async () => {
    clusters = await startClusters();
    both = await clusters.namespace('events');
    await inTurns([...few, ...many], atOnce, (name) =>
      both.paris.creates(aService(name, port(80)), aSlice(name, endpoint('10.9.0.1'))),
    );
  });
  after(() => clusters.close());

  const create = (names: readonly string[]) =>
    inTurns(names, atOnce, (name) => both.london.creates(aMirror(name, of('paris', `events/${name}`))));
  const linkCounts = (wanted: string) =>
    eventually(async () => {
      const { status } = await clusters.london.kube.get(links, 'paris');
      assert.equal(status?.mirrors?.display, wanted);
    }, patience);
  const namespacesOf = (writes: readonly Write[]) =>
    writes.map(({ verb, object }) => `${verb} ${object.split('/')[0]}`);

  test('three mirrors that become ready have one each', async () => {
    const mark = await clusters.london.audit.mark();
    const operator = await clusters.london.startOperator('--no-leader-election');
    await both.london.linkSays('paris', 'Ready=True');
    await create(few);
    await linkCounts('3/3');
    for (const name of few)
      await eventually(async () =>
        assert.deepEqual(await both.london.events(aMirror(name, inNamespace('events'))), ['Ready']),
      );
    assert.deepEqual(
      namespacesOf(await clusters.london.eventsSince(mark)),
      few.map(() => 'create events'),
    );
    await operator.stop();
  });

  test('of a hundred at once the Link has one, and a restart tells nothing again', async () => {
    const mark = await clusters.london.audit.mark();
    await create(many);
    const operator = await clusters.london.startOperator('--no-leader-election');
    await linkCounts('103/103');
    const written = async () => namespacesOf(await clusters.london.eventsSince(mark));
    await eventually(async () => assert.ok((await written()).length > 0), patience);
    assert.deepEqual(await written(), ['create default']);
    const described = await clusters.london.kubectl('describe', 'links.linkerd.io', 'paris');
    assert.match(
      described,
      /Normal +Ready .*100 mirrors became ready \(events\/many-\d+, events\/many-\d+, events\/many-\d+ and 97 more\)/,
    );
    await operator.stop();
  });
});
