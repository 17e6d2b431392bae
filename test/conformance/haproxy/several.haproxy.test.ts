import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDivision } from '../../../src/gateway/agent/division.js';
import { routesByPort } from '../../../src/gateway/ports.js';
import { aPeer } from '../gatewaypair.js';
import { calling, countAnswers, startNamed, startTwoClusters, whoAnswers } from '../several.js';
import { startHaproxyPair } from './haproxypair.js';

describe('several clusters behind one name on HAProxy', { timeout: 120_000 }, () => {
  test('weights that change, a cluster that comes, goes or fails: none of it is a reload', async () => {
    await using pair = await startHaproxyPair();
    await using both = await startTwoClusters(pair);
    const { one, two } = both.ports;
    const before = pair.reloads();
    const live = await calling(one);
    for (const share of [0.25, 1, 0.5, 0]) {
      await pair.tellLondon({ routes: both.routes({ one: share, two: share }) });
      const { one: ones = 0, two: twos = 0 } = await countAnswers([one, two], 40);
      assert.equal(ones + twos, 40);
    }
    const [{ backends: _backends, ...alone }] = both.routes();
    await pair.tellLondon({ routes: [alone], ended: new Map([[two, [alone]]]) });
    assert.deepEqual(await countAnswers([one], 10), { one: 10 });
    await pair.tellLondon({ routes: both.routes({ one: 1 }) });
    assert.deepEqual(await countAnswers([one, two], 10), { two: 10 });
    const at = (link: string, port?: number) => aPeer(link, 'paris', pair.paris.authority, port);
    await pair.tryLondon({
      peers: [at('cluster-a', pair.ingressPort), at('cluster-c')],
      routes: both.routes({ one: 1, two: 0.5 }),
    });
    assert.deepEqual(await countAnswers([one, two], 10), { one: 10 });
    assert.equal(await whoAnswers(live.client), 'one', 'a live connection stays');
    assert.equal(pair.reloads(), before);
  });

  test('two clusters share as their weights say, and the third, of the next priority, answers when both are gone', async () => {
    await using pair = await startHaproxyPair();
    const names = ['one', 'two', 'six'];
    const links = names.map((name) => `to-${name}`);
    await using targets = new AsyncDisposableStack();
    for (const name of names) await pair.offer(name, targets.use(await startNamed(name)).port);
    const places = [
      { state: 'Serving', priority: 0, weight: 3 },
      { state: 'Serving', priority: 0, weight: 1 },
      { state: 'Standby', priority: 1, weight: 1 },
    ] as const;
    const own = pair.routes().map((route, at) => ({ ...route, link: links[at]! }));
    const backends = own.map(({ link, serviceId, port }, at) => ({
      link,
      serviceId,
      port,
      place: places[at]!,
    }));
    const { divide } = createDivision();
    const peers = links.map((link) => aPeer(link, 'paris', pair.paris.authority, pair.ingressPort));
    const routes = routesByPort(own.map((route) => ({ ...route, backends })));
    /** What the egress gateway is told while these answer its probes, and who answers on the ports that serve. */
    const answers = async (count: number, ...usable: string[]) => {
      await pair.tellLondon({ peers, routes: divide(routes, new Set(usable.map((name) => `to-${name}`))) });
      return countAnswers([own[0]!.port, own[1]!.port], count);
    };

    const { one = 0, two = 0, ...others } = await answers(2_000, ...names);
    assert.deepEqual([one + two, others], [2_000, {}]);
    assert.ok(Math.abs(one / 20 - 75) < 3, `${one / 20} of 100`);
    const before = pair.reloads();
    assert.deepEqual(await answers(40, 'two', 'six'), { two: 40 });
    assert.deepEqual(await answers(40, 'six'), { six: 40 });
    assert.deepEqual(await answers(40, 'one', 'six'), { one: 40 });
    assert.deepEqual(Object.keys(await answers(40, ...names)).toSorted(), ['one', 'two']);
    assert.equal(pair.reloads(), before);
  });
});
