import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aConfigMap,
  aLink,
  aMirror,
  aService,
  aSlice,
  endpoint,
  holding,
  inNamespace,
  labelled,
  metadata,
  of,
  ownedBy,
  slicePorts,
} from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { encodeRecord, quarantine } from '../../transport/ports.js';
import { portBounds } from '../../transport/shares.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import { backendsOfSpec } from '../../api/backends.js';
import { isConflict } from '../../runtime/errors.js';
import type { Claimed, WantedPorts } from './portreservations.js';

const one = aMirror('one');
const two = aMirror('two');
const ours = labelled({ [keys.managedBy]: managedBy });
const record = `service-mirror/${ownNames.ports}`;

async function claim(fake: FakeCluster, mirror: typeof one, ...ports: number[]) {
  return Object.fromEntries((await claimed(fake, mirror, ports)).ports);
}

/** What comes of a claim for what the mirror's spec names. */
async function claimed(fake: FakeCluster, mirror: typeof one, ports: readonly number[]): Promise<Claimed> {
  const [first] = await fake.ports.claim(mirror, [{ backend: backendsOfSpec(mirror)[0], ports }]);
  assert.ok(first);
  return first;
}

const held = (fake: FakeCluster, mirror: typeof one) => fake.ports.held(mirror, backendsOfSpec(mirror)[0]);

describe('createPortReservations()', () => {
  it('gives each port of a mirror its own, on record before it is given', async () => {
    const fake = aFakeCluster(one, two);
    assert.deepEqual(await claim(fake, one, 80, 443), { 80: 10_000, 443: 10_001 });
    assert.deepEqual(
      fake.written().filter((write) => write.startsWith('create')),
      [`create configmaps ${record}`],
    );
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_002 });
    assert.deepEqual(fake.written(), []);
  });

  it('gives the same again, without a word to the API server', async () => {
    const fake = aFakeCluster(one);
    await claim(fake, one, 80);
    fake.written();
    assert.deepEqual(await claim(fake, one, 80), { 80: 10_000 });
    assert.deepEqual(fake.written(), []);
  });

  it('serves mirrors that claim at once one after the other', async () => {
    const fake = aFakeCluster(one, two);
    const [first, second] = await Promise.all([claim(fake, one, 80), claim(fake, two, 80)]);
    assert.deepEqual([first, second], [{ 80: 10_000 }, { 80: 10_001 }]);
    assert.equal(fake.written().filter((write) => write.startsWith('create')).length, 1);
  });

  it('opens beside a slice without ports, of which the API server writes null', async () => {
    const fake = aFakeCluster(
      one,
      aSlice('pods', endpoint('10.9.0.1'), (slice) => (slice.ports = null)),
    );
    assert.deepEqual(await claim(fake, one, 80), { 80: 10_000 });
  });

  it('gives a mirror that comes to name another service other ports, and lets the old ones rest', async () => {
    const fake = aFakeCluster(one, two);
    await claim(fake, one, 80, 443);
    const edited = aMirror('one', of('paris', 'vault/keys'));
    fake.put(edited);
    assert.deepEqual(Object.fromEntries(held(fake, edited)), {});
    assert.deepEqual(await claim(fake, edited, 80), { 80: 10_002 });
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_003 });
    const moved = aMirror('one', of('rome', 'vault/keys'));
    fake.put(moved);
    assert.deepEqual(await claim(fake, moved, 80), { 80: 10_004 });
  });

  it('gives each backend of a mirror ports of its own, and frees those of one that is no backend any more', async () => {
    const fake = aFakeCluster(one, two);
    const [paris] = backendsOfSpec(one);
    const [rome, lyon] = [
      { ...paris, cluster: 'rome' },
      { ...paris, cluster: 'lyon' },
    ];
    const ask = async (...wanted: WantedPorts[]) =>
      (await fake.ports.claim(one, wanted)).map(({ ports }) => Object.fromEntries(ports));
    const both = [
      { backend: paris, ports: [80, 443] },
      { backend: rome, ports: [80] },
    ];
    assert.deepEqual(await ask(...both), [{ 80: 10_000, 443: 10_001 }, { 80: 10_002 }]);
    assert.deepEqual(await ask(...both), [{ 80: 10_000, 443: 10_001 }, { 80: 10_002 }]);
    assert.deepEqual(Object.fromEntries(fake.ports.held(one, rome)), { 80: 10_002 });
    const others = [
      { backend: paris, ports: [443] },
      { backend: lyon, ports: [80] },
    ];
    assert.deepEqual(await ask(...others), [{ 443: 10_001 }, { 80: 10_003 }]);
    assert.equal(fake.ports.held(one, rome).size, 0);
    // neither was freed long enough ago
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_004 });
    fake.ports.release(one.metadata.uid ?? '');
    for (const backend of [paris, lyon]) assert.equal(fake.ports.held(one, backend).size, 0);
  });

  it('takes the ports of a status for those of the service that it names, after a restart too', async () => {
    const edited = aMirror('one', holding({ 80: 10_000 }), of('paris', 'vault/keys'));
    const fake = aFakeCluster(edited, two);
    assert.deepEqual(Object.fromEntries(held(fake, edited)), {});
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_001 });
    assert.deepEqual(await claim(fake, edited, 80), { 80: 10_002 });
  });

  it('gives one mirror 256 ports, those that rest among them, and says whose bound that is', async () => {
    const fake = aFakeCluster(one, two);
    const many = Array.from({ length: 16_000 }, (_, index) => index + 1);
    const { ports, exhausted } = await claimed(fake, one, many);
    assert.equal(ports.size, portBounds.mirror);
    assert.match(exhausted ?? '', /^one mirror may have 256 egress ports.*spec\.ports/);
    assert.deepEqual(Object.keys(await claim(fake, two, 80)), ['80']);
    const freed = await claimed(fake, one, many.slice(200, 300));
    assert.equal(freed.ports.size, 56);
    assert.match(freed.exhausted ?? '', /one mirror may have 256/);
    assert.match((await claimed(fake, one, many.slice(200, 300))).exhausted ?? '', /200 were freed and rest/);
    await fake.clock.advance(quarantine);
    assert.equal((await claimed(fake, one, many.slice(200, 300))).ports.size, 100);
  });

  it('gives no namespace and no Link more by making mirrors and deleting them', async () => {
    const fake = aFakeCluster();
    const ports = Array.from({ length: 256 }, (_, index) => index + 1);
    const round = async (name: string, ...changes: Parameters<typeof aMirror>[1][]) => {
      const mirror = aMirror(name, metadata({ uid: name }), ...changes);
      fake.put(mirror);
      const { exhausted = 'all' } = await claimed(fake, mirror, ports);
      fake.drop(mirror);
      fake.ports.release(name);
      return exhausted;
    };
    for (let n = 0; n < 8; n += 1) assert.equal(await round(`a-${n}`), 'all');
    assert.match(await round('a-8'), /^all mirrors of namespace "default" .* 2048 .*rest/);
    for (let n = 0; n < 24; n += 1) assert.equal(await round(`b-${n}`, inNamespace(`n-${n}`)), 'all');
    assert.match(await round('c', inNamespace('c')), /^all mirrors of Link "paris" .* 8192 .*rest/);
    assert.equal(await round('d', inNamespace('d'), of('rome', 'd/hello')), 'all');
  });

  it('frees the ports that a mirror no longer asks for', async () => {
    const fake = aFakeCluster(one);
    await claim(fake, one, 80, 443);
    assert.deepEqual(await claim(fake, one, 443), { 443: 10_001 });
    assert.deepEqual(Object.fromEntries(held(fake, one)), { 443: 10_001 });
    assert.deepEqual(await claim(fake, one, 80, 443), { 80: 10_002, 443: 10_001 });
  });

  it('lets the ports of a mirror that went rest', async () => {
    const fake = aFakeCluster(one, two);
    await claim(fake, one, 80);
    fake.drop(one);
    fake.ports.release(one.metadata.uid ?? '');
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_001 });
    assert.equal(held(fake, one).size, 0);
  });

  it('remembers from the status what a mirror holds, before and after it is asked', async () => {
    const fake = aFakeCluster(aMirror('one', holding({ 80: 12_345 })), two);
    const mirror = fake.caches.mirrors.get('default/one') ?? one;
    assert.deepEqual(Object.fromEntries(held(fake, mirror)), { 80: 12_345 });
    assert.deepEqual(fake.written(), []);
    await claim(fake, two, 80);
    assert.deepEqual(Object.fromEntries(held(fake, mirror)), { 80: 12_345 });
    assert.deepEqual(await claim(fake, mirror, 80), { 80: 12_345 });
  });

  it('lets the older of two keep a port that both statuses name', async () => {
    const older = aMirror('b', holding({ 80: 10_005 }));
    const younger = aMirror(
      'a',
      holding({ 80: 10_005 }),
      metadata({ creationTimestamp: '2026-01-02T00:00:00Z' }),
    );
    const fake = aFakeCluster(younger, older);
    assert.notEqual((await claim(fake, younger, 80))[80], 10_005);
    assert.deepEqual(await claim(fake, older, 80), { 80: 10_005 });
  });

  it('gives no port of the record to anybody for ten minutes after a restart', async () => {
    const fake = aFakeCluster(one, two);
    await claim(fake, one, 80);
    fake.drop(one);
    const next = fake.restarted();
    assert.deepEqual(await claim(next, two, 80), { 80: 10_064 });
  });

  it('gives no port that a slice still shows, though the record is lost', async () => {
    const service = aService('hello', ownedBy(one));
    const changes = [endpoint('10.1.0.1'), slicePorts({ port: 10_000 }, { port: 8080 })];
    const fake = aFakeCluster(one, service, aSlice('hello', ...changes, ownedBy(service)));
    assert.deepEqual(await claim(fake, one, 80), { 80: 10_001 });
  });

  it('lets no slice rest ports that only carries our labels, or is of a Service of somebody else', async () => {
    const changes = [endpoint('10.1.0.1'), slicePorts({ port: 10_000 })];
    const theirs = aService('theirs');
    const slices = [aSlice('hello', ...changes), aSlice('theirs', ...changes, ownedBy(theirs))];
    const fake = aFakeCluster(one, aService('hello', ownedBy(one)), theirs, ...slices);
    assert.deepEqual(await claim(fake, one, 80), { 80: 10_000 });
  });

  it('lets no ports of remote pods rest, which mirrors over other transports show', async () => {
    const flat = aLink('paris', (draft) => (draft.spec.transport = 'flat'));
    const service = aService('hello', ownedBy(one));
    const shown = aSlice('hello', endpoint('10.1.0.1'), slicePorts({ port: 10_000 }), ownedBy(service));
    const fake = aFakeCluster(flat, one, two, service, shown);
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_000 });
  });

  it('measures rest by a clock that does not jump', async () => {
    const used = new Set(Array.from({ length: 19_999 }, (_, index) => 10_001 + index));
    const fake = aFakeCluster(one, aConfigMap(ownNames.ports, encodeRecord({ cursor: 10_000, used }), ours));
    assert.deepEqual(await claim(fake, one, 80), { 80: 10_000 });
    const now = fake.clock.now();
    fake.clock.now = () => now + 2 * quarantine;
    assert.deepEqual(await claim(fake, one, 80, 443), { 80: 10_000 });
    await fake.clock.advance(quarantine);
    assert.equal((await claim(fake, one, 80, 443))[443], 10_001);
  });

  it('keeps no port for a mirror that went while its port was recorded', async () => {
    const fake = aFakeCluster(one);
    fake.kube.beforeWrite = (write) => {
      if (write.startsWith('create')) fake.drop(one);
    };
    assert.deepEqual(await claim(fake, one, 80), {});
    assert.equal(held(fake, one).size, 0);
  });

  it('tries again after a failure', async () => {
    const fake = aFakeCluster(one, two);
    fake.kube.beforeWrite = () => {
      throw new Error('no');
    };
    await assert.rejects(() => claim(fake, one, 80));
    fake.kube.beforeWrite = () => undefined;
    assert.deepEqual(await claim(fake, two, 80), { 80: 10_000 });
  });

  it('gives no port before its time that it has given away after its record was backed up', async () => {
    const fake = aFakeCluster(one, two);
    const empty = aConfigMap(ownNames.ports, encodeRecord({ cursor: 10_000, used: new Set() }), ours);
    fake.put(empty);
    assert.deepEqual(await claim(fake, one, 80), { 80: 10_000 });
    // the backup knows neither the mirror nor its port
    fake.drop(one);
    fake.ports.release(one.metadata.uid ?? '');
    fake.put(empty);
    const block = Array.from({ length: 64 }, (_, index) => index + 1);
    await assert.rejects(() => claim(fake, two, ...block), isConflict);
    const given = Object.values(await claim(fake, two, ...block));
    assert.equal(given.length, 64);
    assert.ok(!given.includes(10_000));
  });

  it('gives no port that a leader after it may have given, and goes on from the record of that one', async () => {
    const [many, more] = [aMirror('many'), aMirror('more')];
    const fake = aFakeCluster(many, more);
    const block = Array.from({ length: 64 }, (_, index) => index + 1);
    const given = await claim(fake, many, ...block);
    const successor = fake.restarted();
    const taken = await claim(successor, more, 80);
    await assert.rejects(() => claim(fake, many, ...block, 80), isConflict);
    assert.deepEqual(Object.fromEntries(held(fake, many)), given);
    assert.deepEqual(await claim(successor, more, 80), taken);

    const again = await claim(fake, many, ...block, 80);
    assert.deepEqual({ ...again, 80: undefined }, { ...given, 80: undefined });
    assert.ok((again[80] ?? 0) > (taken[80] ?? 0), `${again[80]} may be the successor’s`);
  });
});
