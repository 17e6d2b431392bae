import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap, aMirror, holding, labelled, named, of, withStatus } from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { backendsOfSpec } from '../../api/backends.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { encodeRecord, quarantine } from '../../transport/ports.js';
import { isConflict } from '../../runtime/errors.js';

// paris is of share 0 of two, berlin of share 1
const one = aMirror('one', of('paris', 'default/one'));
const two = aMirror('two', of('berlin', 'default/two'));

/** So many ports that they fill more than one block. */
const many = Array.from({ length: 70 }, (_, index) => index + 1);

const ours = labelled({ [keys.managedBy]: managedBy });

/** The first block. */
const block = Array.from({ length: 64 }, (_, index) => 10_000 + index);

async function claim(fake: FakeCluster, mirror: ServiceMirror, ports: readonly number[]): Promise<number[]> {
  const [claimed] = await fake.ports.claim(mirror, [{ backend: backendsOfSpec(mirror)[0], ports }]);
  return [...(claimed?.ports.values() ?? [])];
}

/** What is in the ConfigMap, by key. */
const recorded = (fake: FakeCluster) =>
  Object.keys(fake.caches.configMaps.get(`service-mirror/${ownNames.ports}`)?.data ?? {}).toSorted();

/** The mirror with ports in its status. */
const shown = (mirror: ServiceMirror, ports: readonly number[]) =>
  aMirror(
    mirror.metadata.name,
    of(mirror.spec.cluster ?? '', `default/${mirror.metadata.name}`),
    holding(Object.fromEntries(ports.map((port, index) => [many[index] ?? 0, port]))),
  );

const areApart = (...sets: readonly (readonly number[])[]) =>
  assert.equal(new Set(sets.flat()).size, sets.flat().length, sets.map((set) => set.join()).join(' and '));

describe('port reservations of two shares', () => {
  it('give no port twice, though both write one ConfigMap at once', async () => {
    const fake = aFakeCluster(one, two);
    const [zero, first] = [fake.asShare(0, 2), fake.asShare(1, 2)];
    const [ofZero, ofFirst] = await Promise.all([claim(zero, one, many), claim(first, two, many)]);
    assert.deepEqual([ofZero.length, ofFirst.length], [many.length, many.length]);
    areApart(ofZero, ofFirst);
    assert.deepEqual(recorded(fake), ['cursor', 'cursor-1', 'used', 'used-1']);
  });

  it('choose other ports when the other share was quicker', async () => {
    const fake = aFakeCluster(one);
    const { cursor = '', used = '' } = encodeRecord({ cursor: 10_064, used: new Set(block) });
    let writes = 0;
    fake.kube.beforeWrite = () => {
      const theirs = { 'cursor-1': cursor, 'used-1': used };
      if (writes++ === 0) fake.put(aConfigMap(ownNames.ports, theirs, ours));
    };
    const its = await claim(fake.asShare(0, 2), one, [80]);
    assert.equal(its.length, 1);
    areApart(its, block);
    assert.deepEqual(recorded(fake), ['cursor', 'cursor-1', 'used', 'used-1']);
  });

  it('notice another leader of their own share, and give out nothing that it may have given', async () => {
    const fake = aFakeCluster(one, two, aMirror('three', of('paris', 'default/three')));
    const asleep = fake.asShare(0, 2);
    const its = await claim(asleep, one, many.slice(0, 64));
    const successor = fake.asShare(0, 2);
    const three = aMirror('three', of('paris', 'default/three'));
    const given = await claim(successor, three, [80]);
    await assert.rejects(claim(asleep, one, many), isConflict);
    areApart(await claim(asleep, one, many), given);
    assert.deepEqual((await claim(asleep, one, many)).slice(0, 64), its);
  });
});

describe('port reservations, when the number of shares changes,', () => {
  it('leave each mirror its ports, and give them to nobody else after they have rested', async () => {
    const fake = aFakeCluster(one, two);
    const [ofOne, ofTwo] = [await claim(fake, one, many), await claim(fake, two, many)];
    fake.put(shown(one, ofOne), shown(two, ofTwo));
    const [zero, first] = [fake.asShare(0, 2), fake.asShare(1, 2)];
    assert.deepEqual(await claim(first, two, many), ofTwo);
    assert.deepEqual(await claim(zero, one, many), ofOne);
    await fake.clock.advance(quarantine + 1);
    const more = aMirror('more', of('paris', 'default/more'), named('more'));
    fake.put(more);
    // all ports are asked for, as far as one mirror may have them
    const ofMore = await claim(zero, more, many);
    areApart(ofOne, ofTwo, ofMore);
  });

  /** An operator of one share has left mirror `two` with port 10,000, which would be the next one to be given out. */
  const leftBehind = () => {
    const record = encodeRecord({ cursor: 10_000, used: new Set([10_000]) });
    return aFakeCluster(one, shown(two, [10_000]), aConfigMap(ownNames.ports, record, ours));
  };

  it('give out no port of a mirror whose share nobody leads yet', async () => {
    const zero = leftBehind().asShare(0, 2);
    await claim(zero, one, []);
    await zero.clock.advance(quarantine + 1);
    assert.deepEqual(await claim(zero, one, [80]), [10_001]);
  });

  it('let a port rest in the share to which its mirror has come', async () => {
    const fake = leftBehind();
    const [zero, first] = [fake.asShare(0, 2), fake.asShare(1, 2)];
    await claim(zero, one, []);
    assert.deepEqual(await claim(first, two, many.slice(0, 1)), [10_000]);
    await fake.clock.advance(quarantine + 1);
    fake.drop(two);
    first.ports.release(two.metadata.uid ?? '');
    assert.deepEqual(await claim(zero, one, [80]), [10_001]);
  });

  it('take over the records of shares that are no more', async () => {
    const fake = aFakeCluster(one, two);
    const first = fake.asShare(1, 2);
    await claim(fake.asShare(0, 2), one, [80]);
    const ofTwo = await claim(first, two, [80]);
    const whole = fake.asShare(0, 1);
    areApart(await claim(whole, one, many), ofTwo);
    assert.deepEqual(recorded(fake), ['cursor', 'used']);
  });
});

describe('port reservations, when a mirror comes to name a Link of another share,', () => {
  it('give it ports of the other share, and let the former ones rest', async () => {
    const fake = aFakeCluster(one);
    const [zero, first] = [fake.asShare(0, 2), fake.asShare(1, 2)];
    const before = await claim(zero, one, [80]);
    fake.put(shown(one, before));
    const moved = aMirror('one', of('berlin', 'default/one'));
    const { status } = shown(one, before);
    fake.put(aMirror('one', of('berlin', 'default/one'), withStatus(status ?? {})));
    zero.ports.release(one.metadata.uid ?? '');
    const after = await claim(first, moved, [80]);
    areApart(before, after);
  });
});
