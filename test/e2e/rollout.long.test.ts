import assert from 'node:assert/strict';
import { after, before, suite, test, type TestContext } from 'node:test';
import { ownNames } from '../../src/api/names.js';
import { toStderr } from '../../tools/clusters/progress.js';
import { diagnose } from './diagnose.js';
import { echoPod } from './echo.js';
import { eventually } from '../driver/eventually.js';
import { whenInstalled } from './install.js';
import { ownPods } from './look.js';
import { tell, type Account } from './rollout/account.js';
import { followDepartures } from './rollout/departures.js';
import { nameOf, populate } from './rollout/population.js';
import { startStreams, type StreamReport } from './rollout/streams.js';
import { ownNamespace } from '../driver/cluster.js';
import { startCallers, type Callers } from './traffic.js';
import { createInstalled, type E2eClusters } from './clusters.js';

const many = 1_000;

/** Longest time (ms) until a pod that was told to stop is no more: its grace period, and the kubelet's own time. */
const longest = 120_000;

/** Most time (ms) that slices may lead to a killed pod: two writes of each at what a busy machine takes, and as much again. */
const stale = 60_000;

suite(`gateway pods come and go at ${many} mirrors`, { timeout: 1_500_000 }, () => {
  let clusters: E2eClusters;
  let callers: Callers;

  before(async () => {
    clusters = await createInstalled(['paris'], { progress: toStderr });
    await clusters.london.applies(echoPod('caller', ['sleep', '1d']));
    await populate(clusters, many);
    callers = await startCallers(clusters.london, [0, 333, 666, many - 1].map(nameOf));
  });
  after(() => clusters?.close());

  /** Does something to the gateways' pods while calls go on, until those that had to go have ended. */
  async function watched(
    t: TestContext,
    work: (now: () => number) => Promise<void>,
    { leaving }: { leaving: number },
  ): Promise<Account> {
    const { london } = clusters;
    const departures = await followDepartures(london);
    try {
      const began = performance.now();
      const since = new Date();
      await work(() => departures.now());
      await whenInstalled(london);
      await eventually(() => {
        const gone = departures.seen.filter(({ ended }) => ended !== undefined);
        assert.ok(
          gone.length >= leaving && gone.length === departures.seen.length,
          `${gone.length} pods have gone, of ${departures.seen.length} that were told to; ${leaving} should`,
        );
      }, longest);
      await eventually(() => {
        const counts = [...departures.listed().values()];
        assert.ok(
          counts.length > 0 && counts.every((count) => count === many),
          `egress pods are listed by ${counts.join(', ')} slices`,
        );
      }, 120_000);
      const attempts = await callers.since(since);
      const account: Account = {
        what: t.name,
        seconds: (performance.now() - began) / 1_000,
        calls: attempts.length,
        failures: attempts.filter(({ ok }) => !ok),
        writes: departures.writes(),
        departures: departures.seen,
      };
      for (const line of tell(account)) t.diagnostic(line);
      return account;
    } catch (error) {
      process.stderr.write(`${await diagnose([clusters.london, clusters.paris])}\n`);
      throw error;
    } finally {
      await departures.stop();
    }
  }

  const kubectl = (words: string) => clusters.london.kubectl(words);
  const deployment = `-n ${ownNamespace} deployment/${ownNames.egress}`;

  /** Nobody was turned away, and no pod ended while a slice still led to it. */
  function assertGentle({ failures, departures }: Account): void {
    assert.deepEqual(failures, []);
    for (const { pod, left, ended } of departures)
      assert.ok(
        left !== undefined && ended !== undefined && left <= ended,
        `${pod} ended before it had left`,
      );
  }

  test('a rolling update turns nobody away, and cuts no long stream before its drain time', async (t) => {
    let streams: readonly StreamReport[] = [];
    const account = await watched(
      t,
      async (now) => {
        const began = startStreams(clusters.london, { from: 'caller', mirror: nameOf(1), seconds: 25, now });
        await kubectl(`rollout restart ${deployment}`);
        streams = await began;
      },
      { leaving: 2 },
    );
    assertGentle(account);
    assert.deepEqual(
      streams.flatMap(({ failures }) => failures),
      [],
    );
    const outlived = account.departures.filter(({ address, told, ended = Infinity }) =>
      streams.some((stream) => stream.address === address && told < stream.ended && stream.ended <= ended),
    );
    assert.ok(outlived.length > 0, 'no pod that was told to stop had a stream');
  });

  test('a rolling update of the other side turns nobody away', async (t) => {
    const account = await watched(
      t,
      async () => {
        await clusters.paris.kubectl(`rollout restart -n ${ownNamespace} deployment/${ownNames.ingress}`);
        await whenInstalled(clusters.paris);
      },
      { leaving: 0 },
    );
    assert.deepEqual(account.failures, []);
    assert.equal(account.writes, 0);
  });

  test('scaled from 2 to 1, to 4 and to 2, nobody is turned away', async (t) => {
    const account = await watched(
      t,
      async () => {
        for (const replicas of [1, 4, 2]) {
          await kubectl(`scale ${deployment} --replicas=${replicas}`);
          await whenInstalled(clusters.london);
        }
      },
      { leaving: 3 },
    );
    assertGentle(account);
  });

  test('a killed pod is out of all slices within a minute, and only calls to it fail until then', async (t) => {
    const [victim] = await ownPods(clusters.london, 'egress');
    const account = await watched(
      t,
      async () => {
        await kubectl(`delete pod -n ${ownNamespace} ${victim?.metadata.name} --force --grace-period=0`);
      },
      { leaving: 1 },
    );
    const [departure] = account.departures;
    assert.equal(departure?.pod, victim?.metadata.name);
    assert.ok(departure?.left !== undefined, 'it still stands in slices');
    const listed = departure.left - departure.told;
    assert.ok(listed <= stale, `slices led to it for ${listed} ms`);
    assert.ok(account.failures.length < account.calls / 2, 'the other pod answers');
  });
});
