import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aClusterWith, keyKinds } from '../gen/keykinds.js';
import { isAnswered } from './client.js';
import { startPair } from './gatewaypair.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';

for (const pairing of pairings) {
  describe(`certificates of others: ${pairing.name}`, { timeout: 60_000 }, () => {
    for (const kind of Object.keys(keyKinds) as (keyof typeof keyKinds)[])
      test(`CAs and leaves with keys of ${kind} on both sides are taken`, async () => {
        await using target = await startTarget(echo);
        const [london, paris] = await Promise.all([
          aClusterWith('london', kind),
          aClusterWith('paris', kind),
        ]);
        await using pair = await startPair(pairing, { pki: { london, paris } });
        assert.ok(await isAnswered(await pair.offer('echo', target.port)));
      });
  });
}
