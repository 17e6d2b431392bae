import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createResolver, type Resolution } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import type { Address } from '../../src/net/address.js';
import { eventually } from '../driver/eventually.js';
import { connect, isAnswered, read } from './client.js';
import { pairings } from './pairings.js';
import { startRelay } from './relay.js';
import { echo, startTarget } from './target.js';
import { startPair } from './gatewaypair.js';

/** A name service whose answer a test changes, and a resolver that asks it every second. */
function aName(first: readonly string[]) {
  let answer: readonly string[] | Error = first;
  let asked = 0;
  const lookup = async (): Promise<readonly Resolution[]> => {
    asked++;
    if (answer instanceof Error) throw answer;
    return answer.map((ip) => ({ ip, ttl: 1 }));
  };
  return {
    resolver: createResolver({ clock: systemClock, lookup }),
    becomes: (next: readonly string[] | Error) => void (answer = next),
    asked: () => asked,
  };
}

const named = (port: number) => [{ host: 'gw.test', port }];

for (const pairing of pairings) {
  describe(`addresses of a peer: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('a name that comes to lead elsewhere is followed, and streams stay where they are', async () => {
      await using target = await startTarget(echo);
      const { resolver, becomes } = aName(['127.0.0.2']);
      await using pair = await startPair(pairing, { resolver, addresses: named });
      const at = { port: pair.ingressPort, to: { host: '127.0.0.1', port: pair.ingressPort } };
      await using before = await startRelay({ ...at, host: '127.0.0.2' });
      await using after = await startRelay({ ...at, host: '127.0.0.3' });
      const port = await pair.offer('echo', target.port);
      const stream = await connect(port);
      stream.write('here');
      assert.equal((await read(stream, 4)).toString(), 'here');
      becomes(['127.0.0.3']);
      await eventually(async () => (await isAnswered(port)) && after.count() > 0);
      const count = before.count();
      assert.ok(await isAnswered(port));
      assert.equal(before.count(), count);
      stream.write('still');
      assert.equal((await read(stream, 5)).toString(), 'still');
      stream.destroy();
    });

    test('one that has no answer, or an empty one, keeps its addresses', async () => {
      await using target = await startTarget(echo);
      const { resolver, becomes, asked } = aName(['127.0.0.1']);
      await using pair = await startPair(pairing, { resolver, addresses: named });
      const port = await pair.offer('echo', target.port);
      assert.ok(await isAnswered(port));
      for (const answer of [new Error('no name server answers'), []]) {
        const before = asked();
        becomes(answer);
        await eventually(async () => {
          assert.ok(await isAnswered(port));
          return asked() > before + 1;
        });
      }
    });

    test('a name that gets more addresses is reached at all of them', async () => {
      await using target = await startTarget(echo);
      const { resolver, becomes } = aName(['127.0.0.1']);
      await using pair = await startPair(pairing, { resolver, addresses: named });
      const to = { host: '127.0.0.1', port: pair.ingressPort };
      await using more = await startRelay({ host: '127.0.0.2', port: pair.ingressPort, to });
      const port = await pair.offer('echo', target.port);
      becomes(['127.0.0.1', '127.0.0.2']);
      await eventually(async () => {
        assert.ok(await isAnswered(port));
        return more.count() > 0;
      });
    });

    test('an address of a name that fails its probe is passed over, until it answers again', async () => {
      await using target = await startTarget(echo);
      const { resolver } = aName(['127.0.0.1', '127.0.0.2']);
      let good: Address[] = [];
      const goodAt = (port: number, ip: string) => ['gw.test', ip].map((host) => ({ host, port }));
      await using pair = await startPair(pairing, {
        ...{ resolver, addresses: named },
        answering: () => good,
      });
      good = goodAt(pair.ingressPort, '127.0.0.1');
      const to = { host: '127.0.0.1', port: pair.ingressPort };
      await using second = await startRelay({ host: '127.0.0.2', port: pair.ingressPort, to });
      const port = await pair.offer('echo', target.port);
      await eventually(async () => {
        const before = second.count();
        for (let round = 0; round < 10; round++) assert.ok(await isAnswered(port));
        return second.count() === before;
      });
      good = goodAt(pair.ingressPort, '127.0.0.2');
      await eventually(async () => {
        const before = second.count();
        for (let round = 0; round < 10; round++) assert.ok(await isAnswered(port));
        return second.count() === before + 10;
      });
    });
  });
}
