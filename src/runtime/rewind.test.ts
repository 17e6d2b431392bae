import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import {
  api,
  configMap,
  lists,
  make,
  names,
  reflector,
  seen,
  stop,
  synced,
  useReflector,
} from '../../test/gen/reflecting.js';
import { configMaps } from '../api/resources.js';
import { silent } from './log.js';
import { createRewindCheck, watchForRewind, type Rewindable, isOlder } from './rewind.js';

useReflector();

const look = () => createRewindCheck([reflector], silent)(stop.signal);

test('a server whose etcd was restored is noticed, though its watches stay open and silent', async () => {
  api.put(configMaps, configMap('a'));
  const restore = api.backup();
  await synced();
  api.put(configMaps, configMap('b'));
  api.drop(configMaps, 'default/a');
  await eventually(() => names().join() === 'b');
  restore();
  api.put(configMaps, configMap('c'));
  await look();
  await eventually(() => names().join() === 'a,c');
  assert.equal(lists(), 3, 'the first, the look, and the new one');
});

test('an object of the new history is taken, though its version is one that was seen before', async () => {
  api.put(configMaps, configMap('a', { x: 'first' }));
  const restore = api.backup();
  await synced();
  api.put(configMaps, configMap('a', { x: 'old history' }));
  api.put(configMaps, configMap('b'));
  await eventually(() => reflector.cache.size === 2);
  const before = reflector.cache.get('default/a')?.metadata.resourceVersion;
  restore();
  api.put(configMaps, configMap('a', { x: 'new history' }));
  assert.equal(api.find(configMaps, 'default/a')?.metadata.resourceVersion, before);
  await look();
  await eventually(() => reflector.cache.get('default/a')?.data?.x === 'new history');
});

test('a server that has gone back behind what an earlier look found is noticed, too', async () => {
  api.put(configMaps, configMap('a'));
  const check = createRewindCheck([(await synced(), reflector)], silent);
  const restore = api.backup();
  api.put({ ...configMaps, plural: 'others' }, configMap('elsewhere'));
  await check(stop.signal);
  restore();
  api.drop(configMaps, 'default/a');
  restore();
  await check(stop.signal);
  await eventually(() => lists() === 4);
});

test('a server that goes on is not listed anew, also where it goes on during the look', async () => {
  await synced();
  for (let i = 0; i < 3; i++) {
    api.put(configMaps, configMap(`n${i}`));
    await look();
  }
  api.fault({ path: /limit=1(&|$)/ }, { kind: 'slow', pieces: 2, pauseMs: 5 });
  const looking = look();
  api.put(configMaps, configMap('meanwhile'));
  await eventually(() => seen.length === 4);
  await looking;
  assert.equal(lists(), 1 + 4);
});

test('nothing is asked before the first list', async () => {
  make();
  await look();
  assert.equal(api.seen.length, 0);
});

/** A reflector whose looks find these versions, one after the other. */
function looking(kind: string, version: string, ...newest: (string | Error)[]) {
  const counts = { looks: 0, relists: 0 };
  const reflector: Rewindable = {
    kind,
    version,
    look: async () => {
      const next = newest[counts.looks++] ?? version;
      if (next instanceof Error) throw next;
      return next;
    },
    relist: () => void counts.relists++,
  };
  return { counts, reflector };
}

test('kinds are compared each with themselves, and one that has gone back is enough', async () => {
  const [a, b, other] = [
    looking('a', '50', '60', '60'),
    looking('a', '55'),
    looking('b', '900', '900', '899'),
  ];
  const check = createRewindCheck([a.reflector, b.reflector, other.reflector], silent);
  await check(stop.signal);
  assert.deepEqual([a.counts, b.counts.looks, other.counts.relists], [{ looks: 1, relists: 0 }, 0, 0]);
  await check(stop.signal);
  assert.deepEqual([a.counts.relists, b.counts.relists, other.counts.relists], [1, 1, 1]);
});

test('a reflector that was told of more than the one that asks counts, too', async () => {
  const [a, b] = [looking('a', '50', '52'), looking('a', '55')];
  await createRewindCheck([a.reflector, b.reflector], silent)(stop.signal);
  assert.equal(b.counts.relists, 1);
});

test('watchForRewind() asks every ten seconds, whatever goes wrong', async () => {
  const clock = fakeClock();
  const one = looking('a', '50', '50', new Error('no answer'), '40', '41');
  const ended = watchForRewind([one.reflector], { clock, log: silent }, stop.signal);
  await clock.advance(29_000);
  assert.deepEqual(one.counts, { looks: 2, relists: 0 });
  await clock.advance(1_000);
  assert.deepEqual(one.counts, { looks: 3, relists: 1 });
  stop.abort();
  await ended;
  assert.equal(clock.timers, 0);
});

const cases: Record<string, [string, string, boolean]> = {
  'a smaller number': ['99', '100', true],
  'a larger number': ['100', '99', false],
  'the same': ['100', '100', false],
  'numbers beyond 64 bit': ['36893488147419103231', '36893488147419103232', true],
  'zero, which is no version': ['0', '5', false],
  'what is no number': ['abc', '5', false],
  'what is compared with no number': ['5', 'abc', false],
  'leading zeros': ['05', '7', false],
  nothing: ['', '7', false],
};
for (const [title, [version, than, expected]] of Object.entries(cases))
  test(`isOlder(): ${title}`, () => assert.equal(isOlder(version, than), expected));
