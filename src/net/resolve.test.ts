import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createResolver, systemLookup, UnresolvedError, type Resolution } from './resolve.js';

/** A name service that answers, in turn, what it is told; the last answer stays. */
function answering(...answers: (readonly Resolution[] | Error)[]) {
  const asked: string[] = [];
  const lookup = async (host: string) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(host);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, lookup };
}

const a = (ip: string, ttl = 30) => ({ ip, ttl });
const servfail = Object.assign(new Error('queryA ESERVFAIL gw.example'), { code: 'ESERVFAIL' });

test('resolve() gives an IP back without asking', async () => {
  const { asked, lookup } = answering([]);
  const resolver = createResolver({ clock: fakeClock(), lookup });
  assert.deepEqual(await resolver.resolve('203.0.113.7'), ['203.0.113.7']);
  assert.deepEqual(await resolver.resolve('2001:db8::1'), ['2001:db8::1']);
  assert.deepEqual(asked, []);
});

test('resolve() gives addresses of both families, each once', async () => {
  const { lookup } = answering([a('203.0.113.7'), a('203.0.113.7'), a('2001:db8::1')]);
  const resolver = createResolver({ clock: fakeClock(), lookup });
  assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.7', '2001:db8::1']);
});

test('resolve() asks again when the shortest time to live is over, and not before', async () => {
  const clock = fakeClock();
  const { asked, lookup } = answering([a('203.0.113.7', 40), a('203.0.113.8', 20)], [a('203.0.113.9')]);
  const resolver = createResolver({ clock, lookup });
  await resolver.resolve('gw.example');
  await clock.advance(19_999);
  assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.7', '203.0.113.8']);
  assert.equal(asked.length, 1);
  await clock.advance(1);
  assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.9']);
});

const bounds = {
  'a time to live of 0 counts as a second': { ttl: 0, fresh: 999, stale: 1 },
  'a time to live of a day counts as a minute': { ttl: 86_400, fresh: 59_999, stale: 1 },
};
for (const [title, { ttl, fresh, stale }] of Object.entries(bounds)) {
  test(`resolve(): ${title}`, async () => {
    const clock = fakeClock();
    const { asked, lookup } = answering([a('203.0.113.7', ttl)]);
    const resolver = createResolver({ clock, lookup });
    await resolver.resolve('gw.example');
    await clock.advance(fresh);
    await resolver.resolve('gw.example');
    assert.equal(asked.length, 1);
    await clock.advance(stale);
    await resolver.resolve('gw.example');
    assert.equal(asked.length, 2);
  });
}

for (const [title, bad] of Object.entries({ failing: servfail, empty: [] })) {
  test(`resolve() keeps the last good answer while the name service is ${title}, and takes the next good one`, async () => {
    const clock = fakeClock();
    const { asked, lookup } = answering([a('203.0.113.7', 10)], bad, bad, [a('203.0.113.8')]);
    const resolver = createResolver({ clock, lookup });
    await resolver.resolve('gw.example');
    for (const _ of ['first', 'second']) {
      await clock.advance(10_000);
      assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.7']);
    }
    await clock.advance(1_000);
    assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.8']);
    assert.equal(asked.length, 4);
  });
}

test('resolve() rejects for a name that never had an address, and asks again a second later', async () => {
  const clock = fakeClock();
  const { lookup } = answering(servfail, [a('203.0.113.7')]);
  const resolver = createResolver({ clock, lookup });
  await assert.rejects(resolver.resolve('gw.example'), (error) => {
    return error instanceof UnresolvedError && error.cause === servfail;
  });
  await assert.rejects(resolver.resolve('gw.example'), UnresolvedError);
  await clock.advance(1_000);
  assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.7']);
});

test('resolve() asks once for all who want the same name', async () => {
  const { asked, lookup } = answering([a('203.0.113.7')]);
  const resolver = createResolver({ clock: fakeClock(), lookup });
  await Promise.all([resolver.resolve('gw.example'), resolver.resolve('gw.example')]);
  assert.equal(asked.length, 1);
});

test('resolve() gives the old answer when the name service hangs, and the new one once it is there', async () => {
  const clock = fakeClock();
  const late = Promise.withResolvers<readonly Resolution[]>();
  let times = 0;
  const resolver = createResolver({
    clock,
    lookup: async () => (times++ === 0 ? [a('203.0.113.7', 1)] : late.promise),
  });
  await resolver.resolve('gw.example');
  await clock.advance(1_000);
  const stale = resolver.resolve('gw.example');
  await clock.advance(1_000);
  assert.deepEqual(await stale, ['203.0.113.7']);
  late.resolve([a('203.0.113.8', 30)]);
  await clock.advance(0);
  assert.deepEqual(await resolver.resolve('gw.example'), ['203.0.113.8']);
  assert.equal(times, 2);
});

test('resolve() forgets the name that was not asked for the longest, beyond 256', async () => {
  const clock = fakeClock();
  const { asked, lookup } = answering([a('203.0.113.7')]);
  const resolver = createResolver({ clock, lookup });
  for (let i = 0; i <= 256; i++) await resolver.resolve(`gw${i}.example`);
  await resolver.resolve('gw256.example');
  await resolver.resolve('gw1.example');
  assert.equal(asked.length, 257);
  await resolver.resolve('gw0.example');
  assert.equal(asked.length, 258);
});

test('systemLookup() knows the hosts file', async () => {
  const answers = await systemLookup('localhost');
  assert.ok(answers.some(({ ip }) => ip === '127.0.0.1' || ip === '::1'));
  assert.ok(answers.every(({ ttl }) => ttl >= 0));
});
