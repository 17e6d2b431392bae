import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aLink, aMirror, importing, of, ofClusters } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { shareOf, wholeShare } from '../api/shares.js';
import { createDuty } from './duty.js';
import type { QueueName } from './queues.js';

// paris is of share 0, berlin of share 1
const hello = aMirror('hello', of('paris', 'default/hello'));
const cart = aMirror('cart', of('berlin', 'default/cart'));
const fake = aFakeCluster(hello, cart);
const [zero, one] = [0, 1].map((index) => createDuty({ index, count: 2 }, fake.caches));
assert.ok(zero !== undefined && one !== undefined);

suite('createDuty()', () => {
  const keys: Record<QueueName, [zero: readonly string[], one: readonly string[]]> = {
    services: [['default/hello'], ['default/cart']],
    endpoints: [['default/hello'], ['default/cart']],
    status: [['default/hello'], ['default/cart']],
    pods: [['default/hello'], ['default/cart']],
    health: [['paris'], ['berlin']],
    automatic: [['paris|default/web'], ['berlin|default/web']],
    // what peers publish is read by all
    links: [
      ['paris', 'berlin'],
      ['paris', 'berlin'],
    ],
    exports: [['exports'], []],
    invitations: [['london-4f2a9c1e'], []],
    gateway: [['gateway'], []],
    rotation: [['rotation'], []],
  };
  for (const [queue, [ofZero, ofOne]] of Object.entries(keys) as [QueueName, [string[], string[]]][])
    test(`gives each share its part of ${queue}`, () => {
      for (const key of new Set([...ofZero, ...ofOne])) {
        assert.equal(zero.has(queue, key), ofZero.includes(key), `${key} of share 0`);
        assert.equal(one.has(queue, key), ofOne.includes(key), `${key} of share 1`);
        assert.ok(createDuty(wholeShare, fake.caches).has(queue, key));
      }
    });

  test('gives what a mirror has left to one share, also after a restart', () => {
    for (const key of ['default/gone', 'default/lost', 'shop/gone', 'shop/lost']) {
      assert.equal(zero.hasMirror(key), shareOf(key, 2) === 0, key);
      assert.notEqual(zero.hasMirror(key), one.hasMirror(key), key);
    }
  });

  test('knows for which Link a mirror of that key is worked on', () => {
    assert.equal(zero.linkOf('default/hello'), hello.spec.cluster);
    assert.equal(zero.linkOf('default/lost'), '');
  });

  test('reads the Links of all clusters behind a mirror of its own, and writes for the first by name alone', () => {
    for (const order of [
      ['paris', 'berlin', 'local'],
      ['local', 'berlin', 'paris'],
    ]) {
      const several = aFakeCluster(aMirror('everywhere', ofClusters(...order)));
      const [theirs, ours] = [0, 1].map((index) => createDuty({ index, count: 2 }, several.caches));
      assert.ok(ours !== undefined && theirs !== undefined);
      assert.ok(ours.reads('paris') && ours.reads('local') && ours.hasMirror('default/everywhere'));
      assert.equal(ours.linkOf('default/everywhere'), 'berlin');
      assert.ok(!ours.hasLink('paris') && !theirs.reads('berlin') && !theirs.reads('local'));
    }
  });

  test('reads all Links that federate for the share that makes federated mirrors', () => {
    const federated = aFakeCluster(aLink('paris', importing({ federated: {} })), aLink('berlin'));
    const maker = shareOf('', 2);
    const [its, other] = [maker, 1 - maker].map((index) => createDuty({ index, count: 2 }, federated.caches));
    assert.ok(its?.has('automatic', '|default/web') && its.reads('paris') && !its.reads('berlin'));
    assert.ok(!other?.has('automatic', '|default/web') && !other?.reads('paris'));
  });

  test('follows a mirror that comes to name a Link of another share', () => {
    const moving = aFakeCluster(hello);
    const duty = createDuty({ index: 0, count: 2 }, moving.caches);
    assert.ok(duty.hasMirror('default/hello'));
    moving.put(aMirror('hello', of('berlin', 'default/hello')));
    assert.ok(!duty.hasMirror('default/hello'));
  });

  test('reconciles only its own keys, and does nothing for others', async () => {
    const done: string[] = [];
    const { signal } = new AbortController();
    for (const queue of ['services', 'status'] as const) {
      const reconcile = zero.within(queue, async (key) => void done.push(`${queue} ${key}`));
      for (const key of ['default/hello', 'default/cart']) await reconcile(key, signal);
    }
    assert.deepEqual(done, ['services default/hello', 'status default/hello']);
  });
});
