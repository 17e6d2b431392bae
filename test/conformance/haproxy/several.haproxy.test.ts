import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPeer } from '../gatewaypair.js';
import { calling, countAnswers, startTwoClusters, whoAnswers } from '../several.js';
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
});
