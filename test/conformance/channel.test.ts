import assert from 'node:assert/strict';
import { request } from 'node:https';
import { describe, test } from 'node:test';
import { peerChannelName } from '../../src/protocol/serviceid.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { PeerReport } from '../../src/protocol/report.js';
import { aCluster } from '../gen/pki.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

interface Answer {
  readonly status: number | undefined;
  readonly etag: string | undefined;
  readonly body: string;
}

function ask(
  pair: Pair,
  who: KeyPair,
  {
    path = '/v1/peer',
    method = 'GET',
    headers = {},
  }: { path?: string; method?: string; headers?: object } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port: pair.ingressPort, path, method, agent: false },
        ...{ servername: peerChannelName('paris'), headers: { ...headers } },
        ...{ cert: who.cert, key: who.key, ca: pair.paris.authority.ca },
      },
      (response) => {
        const answer = { status: response.statusCode, etag: response.headers.etag };
        response.toArray().then((chunks) => resolve({ ...answer, body: chunks.join('') }), reject);
      },
    );
    outgoing.on('error', reject).end();
  });
}

for (const pairing of pairings) {
  describe(`peer channel: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('each peer hears what it may reach itself, and a stranger nothing', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const berlin = await aCluster('berlin');
      const madrid = await aCluster('madrid');
      await pair.tellParis({
        peers: [
          aPeer(londonLink, 'london', pair.london.authority),
          aPeer('cluster-c', 'berlin', berlin.authority),
        ],
      });
      await pair.offer('for-london', target.port, [londonLink]);
      await pair.offer('for-both', target.port, [londonLink, 'cluster-c']);
      const serviceIds = async (who: KeyPair) =>
        (JSON.parse((await ask(pair, who)).body) as PeerReport).serviceIds;
      const serviceIdOf = (name: string) => pair.nameOf(name).split('.')[0]!;
      assert.deepEqual(
        await serviceIds(pair.london.egress),
        [serviceIdOf('for-london'), serviceIdOf('for-both')].toSorted(),
      );
      assert.deepEqual(await serviceIds(berlin.egress), [serviceIdOf('for-both')]);
      await assert.rejects(ask(pair, madrid.egress));
    });

    test('says who answers, and nothing twice to a caller that knows it already', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const first = await ask(pair, pair.london.egress);
      assert.equal(first.status, 200);
      const report = JSON.parse(first.body) as PeerReport;
      assert.deepEqual([report.protocol, report.cluster, report.uid], [2, 'paris', 'uid-of-paris']);
      const headers = { 'if-none-match': first.etag };
      assert.deepEqual(await ask(pair, pair.london.egress, { headers }), {
        ...first,
        status: 304,
        body: '',
      });
      await pair.offer('more', target.port);
      const third = await ask(pair, pair.london.egress, { headers });
      assert.equal(third.status, 200);
      assert.notEqual(third.etag, first.etag);
    });

    test('answers nothing else', async () => {
      await using pair = await startPair(pairing);
      assert.equal((await ask(pair, pair.london.egress, { path: '/metrics' })).status, 404);
      assert.equal((await ask(pair, pair.london.egress, { method: 'POST' })).status, 405);
    });
  });
}
