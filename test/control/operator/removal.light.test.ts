import assert from 'node:assert/strict';
import { after, before, suite, test, type TestContext } from 'node:test';
import type { KubeObject } from '../../../src/api/objects.js';
import { endpointSlices, links, serviceMirrors, services } from '../../../src/api/resources.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import type { Write } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { aMirror, aService, aSlice, endpoint, importing, labelled, of, port } from '../../gen/gen.js';
import { keys } from '../../../src/api/names.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';

/** How many automatic mirrors there are; times are told, not judged. */
const many = 500;

/** Longest wait (ms) for all of them, on a busy machine. */
const patience = 120_000;

const kinds = [serviceMirrors, services, endpointSlices];

/** How many objects the garbage collector removes in a second. */
const collected = 20;

/**
 * The garbage collector removes what the operator leaves, and about twenty objects a second: with it alone, 500 mirrors
 * take 75 s. So most deletions must be the operator's, on a machine on which the operator writes much more than that: a
 * busy one slows the operator down and not the pace of the garbage collector, which is a limit.
 */
suite(`${many} automatic mirrors, with the garbage collector at its usual pace`, () => {
  let clusters: OperatorClusters;
  let operator: Operator;
  let both: InBoth;
  const names = Array.from({ length: many }, (_, index) => `web-${index}`);
  const selector = { matchLabels: { team: 'auto' } };

  before(async () => {
    clusters = await startClusters({ london: { controllers: ['garbage-collector-controller'] } });
    both = await clusters.namespace('auto');
    const chosen = labelled({ team: 'auto' });
    const itsSlice = (name: string) => labelled({ [keys.serviceName]: name, team: 'auto' });
    await inTurns(names, 8, (name) =>
      both.paris.creates(
        aService(name, port(80), chosen),
        aSlice(name, endpoint('10.9.0.1'), itsSlice(name)),
      ),
    );
    await both.london.applies(aMirror('mine', of('auto', 'auto/web-0')));
    operator = await clusters.london.startOperator('--no-leader-election');
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  const link = async () =>
    clusters.link(
      'auto',
      await clusters.paris.access('peer-london'),
      importing({ selector, automatic: true }),
    );
  const countsAre = (count: number) =>
    eventually(
      async () => {
        const found = kinds.map(async (kind) => (await both.london.list<KubeObject>(kind)).length);
        // the one that somebody wrote has its Service and its slice as long as there is its Link
        assert.deepEqual(await Promise.all(found), [count + 1, count + 1, count + 1]);
      },
      patience,
      500,
    );
  /** Makes all of them; tells whether the machine lets the operator be the faster one by far. */
  const imports = async (t: TestContext) => {
    const started = performance.now();
    await link();
    await eventually(async () => {
      const { status } = await clusters.london.get(links, 'auto');
      assert.equal(status?.mirrors?.display, `${many + 1}/${many + 1}`);
    }, patience);
    const pace = (kinds.length * many) / ((performance.now() - started) / 1_000);
    t.diagnostic(`the operator made ${Math.round(pace)} objects a second`);
    return pace > 4 * collected;
  };

  /** The deletions of a kind, by who sent them. */
  async function deletions(t: TestContext, mark: number): Promise<{ ours: Write[]; others: Write[] }> {
    const all = (await clusters.london.audit.since(mark)).filter(
      ({ verb, resource }) => verb === 'delete' && kinds.some(({ plural }) => plural === resource),
    );
    const ours = all.filter(({ user }) => user.startsWith('system:serviceaccount:'));
    const others = all.filter((write) => !ours.includes(write));
    const seconds = Math.max(...all.map(({ doneAt }) => doneAt)) - Math.min(...all.map(({ at }) => at));
    t.diagnostic(
      `${all.length} deletions in ${(seconds / 1_000).toFixed(1)} s, ${ours.length} of them the operator's`,
    );
    return { ours, others };
  }
  const byKind = (writes: readonly Write[]) => Object.groupBy(writes, ({ resource }) => resource);

  test('go when their Link goes, and the operator itself removes most of each kind', async (t) => {
    const isFaster = await imports(t);
    const mark = await clusters.london.audit.mark();
    await clusters.london.deletes(links, 'auto');
    await countsAre(0);
    const { ours } = await deletions(t, mark);
    const counts = byKind(ours);
    for (const { plural } of kinds)
      assert.ok((counts[plural]?.length ?? 0) > (isFaster ? many / 2 : 0), plural);
    // a slice that outlives its Service would be nobody's
    const done = new Map(counts['endpointslices']?.map(({ object, doneAt }) => [object, doneAt]));
    const late = (counts['services'] ?? []).filter(({ object, at }) =>
      [...done].some(([slice, doneAt]) => slice.startsWith(`${object}-mirror-`) && doneAt > at),
    );
    assert.deepEqual(late, []);
    await operator.rests();
    assert.deepEqual(
      (await operator.log()).filter(({ level }) => level === 'error'),
      [],
    );
    assert.equal((await both.london.get(serviceMirrors, 'mine')).spec.cluster, 'auto');
  });

  test('go when their Link went while no operator ran, and most by the operator that starts', async (t) => {
    const isFaster = await imports(t);
    await operator.stop();
    const mark = await clusters.london.audit.mark();
    await clusters.london.deletes(links, 'auto');
    operator = await clusters.london.startOperator('--no-leader-election');
    await countsAre(0);
    const { ours } = await deletions(t, mark);
    assert.ok(ours.length > (isFaster ? many : 0), `${ours.length} deletions`);
  });
});
