import assert from 'node:assert/strict';
import { after, before, suite, test, type TestContext } from 'node:test';
import type { KubeObject } from '../../../src/api/objects.js';
import { endpointSlices, links, serviceMirrors, services } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, labelled, of, port } from '../../gen/gen.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { linesOf } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';

/** How many mirrors there are at once; times are told, not judged. */
const many = 500;

/** Requests of ours that are under way at the same time. */
const atOnce = 8;

/** Longest wait (ms) for all of them, on a busy machine. */
const patience = 120_000;

suite(`${many} mirrors, with the garbage collector beside`, () => {
  let clusters: OperatorClusters;
  let operator: Operator;
  let both: InBoth;
  const names = Array.from({ length: many }, (_, index) => `hello-${index}`);

  before(async () => {
    clusters = await startClusters({ london: { controllers: ['garbage-collector-controller'] } });
    both = await clusters.namespace('many');
    await inTurns(names, atOnce, (name) =>
      both.paris.creates(aService(name, port(80)), aSlice(name, endpoint('10.9.0.1'))),
    );
    operator = await clusters.london.startOperator('--no-leader-election');
    await both.london.linkSays('paris', 'Ready=True');
    await operator.rests();
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  /** Says, and returns, how many seconds it took. */
  async function timed(t: TestContext, what: string, work: () => Promise<void>): Promise<number> {
    const started = performance.now();
    await work();
    const seconds = (performance.now() - started) / 1000;
    t.diagnostic(`${what}: ${seconds.toFixed(1)} s, operator at ${await operator.memory()} MiB`);
    return seconds;
  }

  /** Waits until the Link says how many of its mirrors are ready. */
  const linkCounts = (wanted: string) =>
    eventually(async () => {
      const { status } = await clusters.london.kube.get(links, 'paris');
      assert.equal(status?.mirrors?.display, wanted);
    }, patience);

  test('all become ready', async (t) => {
    const mark = await clusters.london.audit.mark();
    const seconds = await timed(t, `${many} mirrors created and ready`, async () => {
      await inTurns(names, atOnce, (name) => both.london.creates(aMirror(name, of('paris', `many/${name}`))));
      await linkCounts(`${many}/${many}`);
    });
    await operator.rests();
    const written = linesOf(await clusters.london.writtenSince(mark));
    const counts = Object.groupBy(written, (line) => line.split(' ').slice(0, 2).join(' '));
    t.diagnostic(
      `writes per mirror: ${Object.entries(counts)
        .map(([what, lines]) => `${what} ${((lines?.length ?? 0) / many).toFixed(2)}`)
        .join(', ')}`,
    );
    for (const what of ['create services', 'create endpointslices'])
      assert.equal(counts[what]?.length, many, what);
    assert.ok((counts['patch links/status']?.length ?? 0) < seconds + 5, 'a Link counts once a second');
    const events = await clusters.london.eventsSince(mark);
    t.diagnostic(`Events: ${events.length}`);
    // on a slow machine mirrors may become ready a few at a time at first
    assert.ok(events.length < many / 5, `${events.length} Events`);
  });

  test('one change among them is followed by one write', async (t) => {
    const mark = await clusters.london.audit.mark();
    await timed(t, 'one change followed', async () => {
      await both.paris.applies(aSlice('hello-7', endpoint('10.9.0.2')));
      await both.london.hasEndpoints('hello-7', '10.9.0.2');
    });
    await timed(t, 'one label followed', async () => {
      await both.paris.applies(aService('hello-8', port(80), labelled({ team: 'web' })));
      await eventually(async () => {
        const { labels } = (await both.london.service('hello-8')).metadata;
        assert.equal(labels?.['team'], 'web');
      });
    });
    await operator.rests();
    assert.deepEqual(linesOf(await clusters.london.writtenSince(mark)), [
      'patch endpointslices many/hello-7-mirror-ipv4-0',
      'patch services many/hello-8',
    ]);
  });

  test('a restart writes nothing', async (t) => {
    const mark = await clusters.london.audit.mark();
    await operator.stop();
    await timed(t, 'restarted', async () => {
      operator = await clusters.london.startOperator('--no-leader-election');
      await both.paris.applies(aSlice('hello-9', endpoint('10.9.0.2')));
      await both.london.within(patience).hasEndpoints('hello-9', '10.9.0.2');
      await operator.rests();
    });
    assert.deepEqual(linesOf(await clusters.london.writtenSince(mark)), [
      'patch endpointslices many/hello-9-mirror-ipv4-0',
    ]);
  });

  test('deleted mirrors take all with them, and the garbage collector is no trouble', async (t) => {
    await timed(t, `${many} mirrors deleted, and nothing left`, async () => {
      await inTurns(names, atOnce, (name) => both.london.deletes(serviceMirrors, name));
      await eventually(
        async () => {
          const left = await Promise.all(
            [services, endpointSlices].map(
              async (resource) => (await both.london.list<KubeObject>(resource)).length,
            ),
          );
          assert.deepEqual(left, [0, 0]);
        },
        patience,
        500,
      );
    });
    await operator.rests();
    const errors = (await operator.log()).filter(({ level }) => level === 'error');
    assert.deepEqual(errors, []);
  });
});
