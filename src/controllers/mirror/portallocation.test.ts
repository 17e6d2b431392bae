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
import { aWorld, type FakeCluster } from '../../../test/gen/cluster.js';
import { encodeRecord, quarantine } from '../../transport/ports.js';
import { portBounds } from '../../transport/shares.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import { isConflict } from '../../runtime/errors.js';

const one = aMirror('one');
const two = aMirror('two');
const ours = labelled({ [keys.managedBy]: managedBy });
const record = `service-mirror/${ownNames.ports}`;

async function claim(world: FakeCluster, mirror: typeof one, ...ports: number[]) {
  return Object.fromEntries((await world.ports.claim(mirror, ports)).ports);
}

describe('createPortBook()', () => {
  it('gives each port of a mirror its own, on record before it is given', async () => {
    const world = aWorld(one, two);
    assert.deepEqual(await claim(world, one, 80, 443), { 80: 10_000, 443: 10_001 });
    assert.deepEqual(
      world.written().filter((write) => write.startsWith('create')),
      [`create configmaps ${record}`],
    );
    assert.deepEqual(await claim(world, two, 80), { 80: 10_002 });
    assert.deepEqual(world.written(), []);
  });

  it('gives the same again, without a word to the API server', async () => {
    const world = aWorld(one);
    await claim(world, one, 80);
    world.written();
    assert.deepEqual(await claim(world, one, 80), { 80: 10_000 });
    assert.deepEqual(world.written(), []);
  });

  it('serves mirrors that claim at once one after the other', async () => {
    const world = aWorld(one, two);
    const [first, second] = await Promise.all([claim(world, one, 80), claim(world, two, 80)]);
    assert.deepEqual([first, second], [{ 80: 10_000 }, { 80: 10_001 }]);
    assert.equal(world.written().filter((write) => write.startsWith('create')).length, 1);
  });

  it('opens beside a slice without ports, of which the API server writes null', async () => {
    const world = aWorld(
      one,
      aSlice('pods', endpoint('10.9.0.1'), (slice) => (slice.ports = null)),
    );
    assert.deepEqual(await claim(world, one, 80), { 80: 10_000 });
  });

  it('gives a mirror that comes to name another service other ports, and lets the old ones rest', async () => {
    const world = aWorld(one, two);
    await claim(world, one, 80, 443);
    const edited = aMirror('one', of('paris', 'vault/keys'));
    world.put(edited);
    assert.deepEqual(Object.fromEntries(world.ports.held(edited)), {});
    assert.deepEqual(await claim(world, edited, 80), { 80: 10_002 });
    assert.deepEqual(await claim(world, two, 80), { 80: 10_003 });
    const moved = aMirror('one', of('rome', 'vault/keys'));
    world.put(moved);
    assert.deepEqual(await claim(world, moved, 80), { 80: 10_004 });
  });

  it('takes the ports of a status for those of the service that it names, after a restart too', async () => {
    const edited = aMirror('one', holding({ 80: 10_000 }), of('paris', 'vault/keys'));
    const world = aWorld(edited, two);
    assert.deepEqual(Object.fromEntries(world.ports.held(edited)), {});
    assert.deepEqual(await claim(world, two, 80), { 80: 10_001 });
    assert.deepEqual(await claim(world, edited, 80), { 80: 10_002 });
  });

  it('gives one mirror 256 ports, those that rest among them, and says whose bound that is', async () => {
    const world = aWorld(one, two);
    const many = Array.from({ length: 16_000 }, (_, index) => index + 1);
    const { ports, exhausted } = await world.ports.claim(one, many);
    assert.equal(ports.size, portBounds.mirror);
    assert.match(exhausted ?? '', /^one mirror may have 256 egress ports.*spec\.ports/);
    assert.deepEqual(Object.keys(await claim(world, two, 80)), ['80']);
    const freed = await world.ports.claim(one, many.slice(200, 300));
    assert.equal(freed.ports.size, 56);
    assert.match(freed.exhausted ?? '', /one mirror may have 256/);
    assert.match(
      (await world.ports.claim(one, many.slice(200, 300))).exhausted ?? '',
      /200 were freed and rest/,
    );
    await world.clock.advance(quarantine);
    assert.equal((await world.ports.claim(one, many.slice(200, 300))).ports.size, 100);
  });

  it('gives no namespace and no Link more by making mirrors and deleting them', async () => {
    const world = aWorld();
    const ports = Array.from({ length: 256 }, (_, index) => index + 1);
    const round = async (name: string, ...changes: Parameters<typeof aMirror>[1][]) => {
      const mirror = aMirror(name, metadata({ uid: name }), ...changes);
      world.put(mirror);
      const { exhausted = 'all' } = await world.ports.claim(mirror, ports);
      world.drop(mirror);
      world.ports.release(name);
      return exhausted;
    };
    for (let n = 0; n < 8; n += 1) assert.equal(await round(`a-${n}`), 'all');
    assert.match(await round('a-8'), /^all mirrors of namespace "default" .* 2048 .*rest/);
    for (let n = 0; n < 24; n += 1) assert.equal(await round(`b-${n}`, inNamespace(`n-${n}`)), 'all');
    assert.match(await round('c', inNamespace('c')), /^all mirrors of Link "paris" .* 8192 .*rest/);
    assert.equal(await round('d', inNamespace('d'), of('rome', 'd/hello')), 'all');
  });

  it('frees the ports that a mirror no longer asks for', async () => {
    const world = aWorld(one);
    await claim(world, one, 80, 443);
    assert.deepEqual(await claim(world, one, 443), { 443: 10_001 });
    assert.deepEqual(Object.fromEntries(world.ports.held(one)), { 443: 10_001 });
    assert.deepEqual(await claim(world, one, 80, 443), { 80: 10_002, 443: 10_001 });
  });

  it('lets the ports of a mirror that went rest', async () => {
    const world = aWorld(one, two);
    await claim(world, one, 80);
    world.drop(one);
    world.ports.release(one.metadata.uid ?? '');
    assert.deepEqual(await claim(world, two, 80), { 80: 10_001 });
    assert.equal(world.ports.held(one).size, 0);
  });

  it('remembers from the status what a mirror holds, before and after it is asked', async () => {
    const world = aWorld(aMirror('one', holding({ 80: 12_345 })), two);
    const mirror = world.caches.mirrors.get('default/one') ?? one;
    assert.deepEqual(Object.fromEntries(world.ports.held(mirror)), { 80: 12_345 });
    assert.deepEqual(world.written(), []);
    await claim(world, two, 80);
    assert.deepEqual(Object.fromEntries(world.ports.held(mirror)), { 80: 12_345 });
    assert.deepEqual(await claim(world, mirror, 80), { 80: 12_345 });
  });

  it('lets the older of two keep a port that both statuses name', async () => {
    const older = aMirror('b', holding({ 80: 10_005 }));
    const younger = aMirror(
      'a',
      holding({ 80: 10_005 }),
      metadata({ creationTimestamp: '2026-01-02T00:00:00Z' }),
    );
    const world = aWorld(younger, older);
    assert.notEqual((await claim(world, younger, 80))[80], 10_005);
    assert.deepEqual(await claim(world, older, 80), { 80: 10_005 });
  });

  it('gives no port of the record to anybody for ten minutes after a restart', async () => {
    const world = aWorld(one, two);
    await claim(world, one, 80);
    world.drop(one);
    const next = world.restarted();
    assert.deepEqual(await claim(next, two, 80), { 80: 10_064 });
  });

  it('gives no port that a slice still shows, though the record is lost', async () => {
    const service = aService('hello', ownedBy(one));
    const changes = [endpoint('10.1.0.1'), slicePorts({ port: 10_000 }, { port: 8080 })];
    const world = aWorld(one, service, aSlice('hello', ...changes, ownedBy(service)));
    assert.deepEqual(await claim(world, one, 80), { 80: 10_001 });
  });

  it('lets no slice rest ports that only carries our labels, or is of a Service of somebody else', async () => {
    const changes = [endpoint('10.1.0.1'), slicePorts({ port: 10_000 })];
    const theirs = aService('theirs');
    const slices = [aSlice('hello', ...changes), aSlice('theirs', ...changes, ownedBy(theirs))];
    const world = aWorld(one, aService('hello', ownedBy(one)), theirs, ...slices);
    assert.deepEqual(await claim(world, one, 80), { 80: 10_000 });
  });

  it('lets no ports of remote pods rest, which mirrors over other transports show', async () => {
    const flat = aLink('paris', (draft) => (draft.spec.transport = 'flat'));
    const service = aService('hello', ownedBy(one));
    const shown = aSlice('hello', endpoint('10.1.0.1'), slicePorts({ port: 10_000 }), ownedBy(service));
    const world = aWorld(flat, one, two, service, shown);
    assert.deepEqual(await claim(world, two, 80), { 80: 10_000 });
  });

  it('measures rest by a clock that does not jump', async () => {
    const used = new Set(Array.from({ length: 19_999 }, (_, index) => 10_001 + index));
    const world = aWorld(one, aConfigMap(ownNames.ports, encodeRecord({ cursor: 10_000, used }), ours));
    assert.deepEqual(await claim(world, one, 80), { 80: 10_000 });
    const now = world.clock.now();
    world.clock.now = () => now + 2 * quarantine;
    assert.deepEqual(await claim(world, one, 80, 443), { 80: 10_000 });
    await world.clock.advance(quarantine);
    assert.equal((await claim(world, one, 80, 443))[443], 10_001);
  });

  it('keeps no port for a mirror that went while its port was recorded', async () => {
    const world = aWorld(one);
    world.kube.beforeWrite = (write) => {
      if (write.startsWith('create')) world.drop(one);
    };
    assert.deepEqual(await claim(world, one, 80), {});
    assert.equal(world.ports.held(one).size, 0);
  });

  it('tries again after a failure', async () => {
    const world = aWorld(one, two);
    world.kube.beforeWrite = () => {
      throw new Error('no');
    };
    await assert.rejects(() => claim(world, one, 80));
    world.kube.beforeWrite = () => undefined;
    assert.deepEqual(await claim(world, two, 80), { 80: 10_000 });
  });

  it('gives no port that a leader after it may have given, and goes on from the record of that one', async () => {
    const [many, more] = [aMirror('many'), aMirror('more')];
    const world = aWorld(many, more);
    const block = Array.from({ length: 64 }, (_, index) => index + 1);
    const given = await claim(world, many, ...block);
    const successor = world.restarted();
    const taken = await claim(successor, more, 80);
    await assert.rejects(() => claim(world, many, ...block, 80), isConflict);
    assert.deepEqual(Object.fromEntries(world.ports.held(many)), given);
    assert.deepEqual(await claim(successor, more, 80), taken);

    const again = await claim(world, many, ...block, 80);
    assert.deepEqual({ ...again, 80: undefined }, { ...given, 80: undefined });
    assert.ok((again[80] ?? 0) > (taken[80] ?? 0), `${again[80]} may be the successor’s`);
  });
});
