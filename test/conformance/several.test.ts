import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endsAs } from './client.js';
import { aPeer, startPair } from './gatewaypair.js';
import { cuts, pairings } from './pairings.js';
import { bytes, calling, countAnswers, requests, startTwoClusters, whoAnswers } from './several.js';

for (const pairing of pairings) {
  describe(`several clusters behind one name: ${pairing.name}`, { timeout: 120_000 }, () => {
    // what the other side is does not matter here, so that one pairing of each implementation that users run counts
    // for long
    const isAlone = pairing.caller === pairing.exporter && pairing.caller.capabilities.caps;
    const [count, most] = isAlone ? [2_000, 3] : [400, 8];

    test(`a port gives its share to another cluster: three to one over ${count} connections`, async () => {
      await using pair = await startPair(pairing);
      await using both = await startTwoClusters(pair);
      await pair.tellLondon({ routes: both.routes({ two: 0.5 }) });
      const { one = 0, two = 0 } = await countAnswers(Object.values(both.ports), count);
      assert.equal(one + two, count);
      const points = (one / count) * 100;
      assert.ok(Math.abs(points - 75) < most, `${points} of 100`);
    });

    test('all new connections go elsewhere and come back, none fails, and live ones stay where they are', async () => {
      await using pair = await startPair(pairing);
      await using both = await startTwoClusters(pair);
      const { one: port } = both.ports;
      const first = await calling(port);
      await pair.tellLondon({ routes: both.routes({ one: 1 }) });
      assert.deepEqual(await countAnswers([port], 50), { two: 50 });
      const elsewhere = await calling(port);
      await pair.tellLondon({ routes: both.routes() });
      assert.deepEqual(await countAnswers([port], 50), { one: 50 });
      assert.deepEqual([first.who, elsewhere.who], ['one', 'two']);
      assert.deepEqual(
        [await whoAnswers(first.client), await whoAnswers(elsewhere.client)],
        ['one', 'two'],
        'a live connection stays',
      );
    });

    test('who cannot be called is no alternative, and its own port leads to the other', async () => {
      await using pair = await startPair(pairing);
      await using both = await startTwoClusters(pair);
      const at = (port?: number) => aPeer('cluster-c', 'paris', pair.paris.authority, port);
      const first = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
      const missing = await pair.tryLondon({
        peers: [first, at()],
        routes: both.routes({ one: 1, two: 0.5 }),
      });
      assert.deepEqual(
        missing.map(({ reason }) => reason),
        ['NoAddress'],
      );
      assert.deepEqual(await countAnswers(Object.values(both.ports), 20), { one: 20 });
      await pair.tellLondon({ peers: [first, at(pair.ingressPort)] });
      assert.deepEqual(await countAnswers([both.ports.one], 20), { two: 20 });
    });

    for (const [what, talk] of Object.entries({ connections: bytes, requests: requests(pairing.exporter) }))
      test(`a cluster that leaves takes its own ${what} with it, over whichever port, and no others`, async () => {
        await using pair = await startPair(pairing);
        await using both = await startTwoClusters(pair, talk);
        const { one, two } = both.ports;
        const straight = [await calling(one, talk), await calling(two, talk)];
        await pair.tellLondon({ routes: both.routes({ one: 1, two: 1 }) });
        const crossed = [await calling(one, talk), await calling(two, talk)];
        const all = [...straight, ...crossed];
        assert.deepEqual(
          all.map(({ who }) => who),
          ['one', 'two', 'two', 'one'],
        );
        const [{ instead: _instead, backends: _backends, ...staying }] = both.routes();
        await pair.tellLondon({ routes: [staying], ended: new Map([[two, [staying]]]) });
        for (const { client, who } of all) {
          if (who === 'one') assert.equal(await whoAnswers(client, talk), 'one');
          else await endsAs(client, cuts(pairing));
        }
        await pair.tellLondon({ routes: [], ended: new Map([[two, []]]) });
        await endsAs(crossed[1]!.client, cuts(pairing));
        assert.equal(await whoAnswers(straight[0]!.client, talk), 'one');
      });
  });
}
