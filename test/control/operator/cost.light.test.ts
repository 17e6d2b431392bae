import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { links } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, named, of, port } from '../../gen/gen.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { linesOf, type Write } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';

/** How many mirrors are imported. */
const many = 50;

/** Longest wait (ms) for all of them, on a busy machine. */
const patience = 60_000;

suite(`what an import of ${many} mirrors costs`, () => {
  let clusters: OperatorClusters;
  let operator: Operator;
  let both: InBoth;
  const names = Array.from({ length: many }, (_, index) => `hello-${index}`);

  before(async () => {
    clusters = await startClusters();
    both = await clusters.namespace('import');
    await inTurns(names, 8, async (name) => {
      await both.paris.creates(aService(name, port(80)), aSlice(name, endpoint('10.9.0.1')));
      await both.london.creates(aMirror(name, of('paris', `import/${name}`), named(name)));
    });
  });
  after(async () => {
    await operator?.stop();
    await clusters.close();
  });

  /** Waits until the Link says that all mirrors are ready, and the operator has nothing left to do. */
  const isDone = async () => {
    await eventually(async () => {
      const { status } = await clusters.london.kube.get(links, 'paris');
      assert.equal(status?.mirrors?.display, `${many}/${many}`);
    }, patience);
    await operator.rests();
  };

  /** Reconciles of mirrors so far, by controller, for each mirror. */
  const reconciles = async () => {
    const of = async (controller: string) =>
      (await operator.metric('controller_runtime_reconcile_total', { controller })) / many;
    const [services, endpoints, status] = [await of('services'), await of('endpoints'), await of('status')];
    return { services, endpoints, status, all: services + endpoints + status };
  };

  /** What our own requests for mirrors were refused with. The API server makes the addresses of Services, as somebody else. */
  const refusedSince = async (mark: number) => linesOf(await clusters.london.refusedSince(mark));

  test('three writes for each mirror and few Events for all, none of them refused, and few reconciles', async (t) => {
    const mark = await clusters.london.audit.mark();
    operator = await clusters.london.startOperator('--no-leader-election');
    await isDone();
    const { 'patch links/status': counted = 0, ...written } = countsOf(
      (await clusters.london.writtenSince(mark)).filter(({ resource }) => !own.has(resource)),
    );
    assert.deepEqual(written, {
      'create services': many,
      'create endpointslices': many,
      'update servicemirrors/status': many,
    });
    await eventually(async () => {
      const events = linesOf(await clusters.london.eventsSince(mark));
      assert.ok(events.length >= 1 && events.length <= 3, events.join());
    }, patience);
    t.diagnostic(`status of Links: ${counted} writes`);
    assert.ok(counted < many / 5, 'mirrors are counted together');
    assert.deepEqual(await refusedSince(mark), []);
    const used = await reconciles();
    t.diagnostic(`reconciles for each mirror: ${JSON.stringify(used)}`);
    assert.ok(used.all <= 7, JSON.stringify(used));
  });

  test('a restart writes nothing, and looks at each mirror once or twice', async (t) => {
    await operator.stop();
    const mark = await clusters.london.audit.mark();
    operator = await clusters.london.startOperator('--no-leader-election');
    await eventually(async () => assert.ok((await reconciles()).status >= 1), patience);
    await operator.rests();
    assert.deepEqual(linesOf(await clusters.london.writtenSince(mark)), []);
    assert.deepEqual(await refusedSince(mark), []);
    const used = await reconciles();
    t.diagnostic(`reconciles for each mirror: ${JSON.stringify(used)}`);
    assert.ok(used.all <= 4, JSON.stringify(used));
  });
});

/** What an operator writes for itself at its first start. */
const own: ReadonlySet<string> = new Set(['secrets', 'configmaps']);

/** How many writes there were of each kind. */
function countsOf(writes: readonly Write[]): Partial<Record<string, number>> {
  const counts: Partial<Record<string, number>> = {};
  for (const line of linesOf(writes).map((text) => text.split(' ').slice(0, 2).join(' ')))
    counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}
