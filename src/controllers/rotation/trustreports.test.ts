import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap } from '../../../test/gen/gen.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import { encodeHeard } from '../../protocol/trustreport.js';
import { createCallers, deadAfter, createHeartbeats } from './trustreports.js';
import { fakeClock } from '../../../test/gen/clock.js';

const said = encodeHeard(new Map([['paris', ['ab']]]), 1);
const ours = aConfigMap(ownNames.callers, { 'ingress-1': said }, (draft) => {
  draft.metadata.labels = { [keys.managedBy]: managedBy };
});
const theirs = aConfigMap(ownNames.callers, { 'ingress-1': said });
const dataIn = ({ caches }: ReturnType<typeof aFakeCluster>) =>
  caches.configMaps.get(`service-mirror/${ownNames.callers}`)?.data;

describe('createCallers()', () => {
  it('makes the ConfigMap while a CA is published, and not before', async () => {
    const fake = aFakeCluster();
    const callers = createCallers(fake);
    assert.deepEqual(await callers.keep(false), []);
    assert.deepEqual(fake.written(), []);
    assert.deepEqual(await callers.keep(true), []);
    assert.deepEqual(fake.names('configMaps'), [ownNames.callers]);
  });

  it('hears what stands in our own, and empties that when nobody needs to know', async () => {
    const fake = aFakeCluster(ours);
    const callers = createCallers(fake);
    assert.deepEqual(callers.heard(), [new Map([['paris', ['ab']]])]);
    assert.equal(callers.deaf(), undefined);
    await callers.keep(true);
    assert.deepEqual(dataIn(fake), ours.data);
    await callers.keep(false);
    assert.deepEqual(dataIn(fake) ?? {}, {});
  });

  it('hears nothing in that of others, leaves it alone, and says so in every phase', async () => {
    const fake = aFakeCluster(theirs);
    const callers = createCallers(fake);
    assert.deepEqual(callers.heard(), []);
    assert.match(callers.deaf() ?? '', /service-mirror\/service-mirror-callers.*NotManaged.*--force/);
    for (const published of [true, false])
      assert.deepEqual(
        (await callers.keep(published)).map(({ reason }) => reason),
        ['NotManaged'],
      );
    assert.deepEqual(fake.written(), []);
  });

  it('takes out what dead gateways have left, and nothing else', async () => {
    const fake = aFakeCluster(ours);
    const callers = createCallers(fake);
    await callers.keep(true);
    await fake.clock.advance(deadAfter - 1);
    await callers.keep(true);
    assert.deepEqual(dataIn(fake), ours.data);
    const alive = encodeHeard(new Map([['paris', ['ab']]]), 2);
    const actual = fake.caches.configMaps.get(`service-mirror/${ownNames.callers}`);
    const both: ConfigMap = { ...actual!, data: { ...ours.data, 'ingress-2': alive } };
    fake.put(both);
    await callers.keep(true);
    await fake.clock.advance(1);
    await callers.keep(true);
    assert.deepEqual(dataIn(fake), { 'ingress-2': alive });
  });

  const crowded: Record<string, Record<string, string>> = {
    'by entries': Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`ingress-${index}`, said])),
    'by bytes': { 'ingress-1': 'x'.repeat(600_000) },
  };
  for (const [how, data] of Object.entries(crowded)) {
    it(`says when it is full ${how}, to who waits for it and in an Event`, async () => {
      const crowd: ConfigMap = { ...ours, data };
      const callers = createCallers(aFakeCluster(crowd));
      assert.match(
        callers.deaf() ?? '',
        /service-mirror-callers is full \(\d+ entries, \d+ bytes\).*--force/,
      );
      assert.deepEqual(
        (await callers.keep(true)).map(({ reason }) => reason),
        ['CallersFull'],
      );
    });
  }
});

const says = (beat: number, ...prints: string[]) => encodeHeard(new Map([['paris', prints]]), beat);

describe('createHeartbeats()', () => {
  it('counts an entry for as long as it changes now and then', async () => {
    const clock = fakeClock();
    const heartbeats = createHeartbeats(clock);
    const count = (entries: Record<string, string>) => heartbeats.alive(entries).length;
    assert.equal(count({ a: says(1), b: says(1) }), 2);
    await clock.advance(deadAfter - 1);
    assert.equal(count({ a: says(2), b: says(1) }), 2);
    await clock.advance(1);
    assert.equal(count({ a: says(2), b: says(1) }), 1);
    assert.deepEqual(heartbeats.dead({ a: says(2), b: says(1) }), ['b']);
    assert.equal(count({ a: says(2), b: says(2) }), 2);
  });

  it('reads them', () => {
    const [heard] = createHeartbeats(fakeClock()).alive({ a: says(1, 'x') });
    assert.deepEqual(heard?.get('paris'), ['x']);
  });
});
