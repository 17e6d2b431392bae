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

  /**
   * The import may take longer than an Event waits: then the next ones on the Link tell of the rest, or each mirror does if
   * these are ten at most. Every mirror is told of once, and those of before the restart are not.
   */
  test('of a hundred at once the Link has one, or few if they come slowly, and a restart tells nothing again', async () => {
    const mark = await clusters.london.audit.mark();
    await create(many);
    const operator = await clusters.london.startOperator('--no-leader-election');
    await linkCounts('103/103');
    await eventually(async () => {
      const described = await clusters.london.kubectl('describe', 'links.linkerd.io', 'paris');
      const told = [...described.matchAll(/Normal +Ready .* (\d+) (?:more )?mirrors became ready (\(.*\))/g)];
      const [first] = told.map(([, count, which]) => [Number(count), which ?? ''] as const);
      assert.ok(first !== undefined, described);
      assert.match(first[1], /^\(events\/many-\d+, events\/many-\d+, events\/many-\d+ and \d+ more\)$/);
      const written = namespacesOf(await clusters.london.eventsSince(mark));
      const single = written.filter((one) => one === 'create events');
      const counted = told.reduce((sum, [, count]) => sum + Number(count), 0);
      assert.equal(counted + single.length, many.length, described);
      assert.equal(written.length, told.length + single.length, written.join());
      assert.ok(single.length <= 10 && told.length <= 4, written.join());
    }, patience);
    await operator.stop();
  });
});
