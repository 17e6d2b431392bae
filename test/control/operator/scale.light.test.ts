import assert from 'node:assert/strict';
import { after, before, suite, test, type TestContext } from 'node:test';
import type { KubeObject } from '../../../src/api/objects.js';
import { endpointSlices, links, serviceMirrors, services } from '../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, labelled, of, port } from '../../gen/gen.js';
import { linesOf } from '../../driver/audit.js';
import type { ClusterClient } from '../../driver/namespace.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { openStage, type Place, type OperatorStory } from './clusters.js';

/** How many mirrors there are at once; times are told, not judged. */
const many = 500;

/** Longest wait (ms) for all of them, on a busy machine. */
const patience = 120_000;

suite(`${many} mirrors, with the garbage collector beside`, () => {
  let stage: OperatorStory;
  let operator: Operator;
  let place: Place;
  const names = Array.from({ length: many }, (_, index) => `hello-${index}`);

  before(async () => {
    stage = await openStage({ london: { controllers: ['garbage-collector-controller'] } });
    place = await stage.place('many');
    await inTurns(place.paris, names, (name) => [
      aService(name, port(80)),
      aSlice(name, endpoint('10.9.0.1')),
    ]);
    operator = await stage.startOperator('--no-leader-election');
    await place.london.linkSays('paris', 'Ready=True');
    await operator.rests();
  });
  after(async () => {
    await operator.stop();
    await stage.close();
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
      const { status } = await stage.london.kube.get(links, 'paris');
      assert.equal(status?.mirrors?.display, wanted);
    }, patience);

  test('all become ready', async (t) => {
    const mark = await stage.london.audit.mark();
    const seconds = await timed(t, `${many} mirrors created and ready`, async () => {
      await inTurns(place.london, names, (name) => [aMirror(name, of('paris', `many/${name}`))]);
      await linkCounts(`${many}/${many}`);
    });
    await operator.rests();
    const written = linesOf(await stage.writtenSince(mark));
    const counts = Object.groupBy(written, (line) => line.split(' ').slice(0, 2).join(' '));
    t.diagnostic(
      `writes per mirror: ${Object.entries(counts)
        .map(([what, lines]) => `${what} ${((lines?.length ?? 0) / many).toFixed(2)}`)
        .join(', ')}`,
    );
    for (const what of ['create services', 'create endpointslices'])
      assert.equal(counts[what]?.length, many, what);
    assert.ok((counts['patch links/status']?.length ?? 0) < seconds + 5, 'a Link counts once a second');
  });

  test('one change among them is followed by one write', async (t) => {
    const mark = await stage.london.audit.mark();
    await timed(t, 'one change followed', async () => {
      await place.paris.applies(aSlice('hello-7', endpoint('10.9.0.2')));
      await place.london.hasEndpoints('hello-7', '10.9.0.2');
    });
    await timed(t, 'one label followed', async () => {
      await place.paris.applies(aService('hello-8', port(80), labelled({ team: 'web' })));
      await eventually(async () => {
        const { labels } = (await place.london.service('hello-8')).metadata;
        assert.equal(labels?.['team'], 'web');
      });
    });
    await operator.rests();
    assert.deepEqual(linesOf(await stage.writtenSince(mark)), [
      'patch endpointslices many/hello-7-mirror-ipv4-0',
      'patch services many/hello-8',
    ]);
  });

  test('a restart writes nothing', async (t) => {
    const mark = await stage.london.audit.mark();
    await operator.stop();
    await timed(t, 'restarted', async () => {
      operator = await stage.startOperator('--no-leader-election');
      await place.paris.applies(aSlice('hello-9', endpoint('10.9.0.2')));
      await place.london.within(patience).hasEndpoints('hello-9', '10.9.0.2');
      await operator.rests();
    });
    assert.deepEqual(linesOf(await stage.writtenSince(mark)), [
      'patch endpointslices many/hello-9-mirror-ipv4-0',
    ]);
  });

  test('deleted mirrors take all with them, and the garbage collector is no trouble', async (t) => {
    await timed(t, `${many} mirrors deleted, and nothing left`, async () => {
      await Promise.all(chunksOf(names).map((chunk) => place.london.deletes(serviceMirrors, ...chunk)));
      await eventually(
        async () => {
          const left = await Promise.all(
            [services, endpointSlices].map(
              async (resource) =>
                (await place.london.kube.list<KubeObject>(resource, { namespace: 'many' })).items.length,
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

/** Creates objects for each name, a few at a time. */
async function inTurns(
  city: ClusterClient,
  names: readonly string[],
  objectsFor: (name: string) => Readonly<KubeObject>[],
): Promise<void> {
  await Promise.all(chunksOf(names).map((chunk) => city.creates(...chunk.flatMap(objectsFor))));
}

/** Eight shares, each to be worked off by one caller. */
function chunksOf(names: readonly string[]): string[][] {
  return Array.from({ length: 8 }, (_, share) => names.filter((_name, index) => index % 8 === share));
}
