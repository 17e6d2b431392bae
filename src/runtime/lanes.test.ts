import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLanes, moreUrgent, oneInTurn } from './lanes.js';

function drained(lanes: ReturnType<typeof createLanes>, bulk = true): string[] {
  const keys: string[] = [];
  for (let next = lanes.take(bulk); next !== undefined; next = lanes.take(bulk)) keys.push(next.key);
  return keys;
}

describe('createLanes()', () => {
  it('gives the most urgent first, and of these the oldest', () => {
    const lanes = createLanes();
    lanes.add('new', 'bulk', 0);
    lanes.add('changed', 'normal', 1);
    lanes.add('lost', 'urgent', 2);
    lanes.add('lost, too', 'urgent', 3);
    assert.equal(lanes.size, 4);
    assert.deepEqual(drained(lanes), ['lost', 'lost, too', 'changed', 'new']);
    assert.equal(lanes.size, 0);
  });

  it('moves a key up when it becomes more urgent, and never down', () => {
    const lanes = createLanes();
    for (const key of ['a', 'b', 'c']) lanes.add(key, 'bulk', 0);
    lanes.add('b', 'urgent', 1);
    lanes.add('b', 'bulk', 2);
    lanes.add('a', 'bulk', 3);
    assert.deepEqual(drained(lanes), ['b', 'a', 'c']);
  });

  it('moves up a key that would have been next', () => {
    const lanes = createLanes();
    lanes.add('a', 'bulk', 0);
    lanes.add('b', 'bulk', 0);
    assert.equal(lanes.take(false), undefined);
    assert.equal(lanes.take(true)?.key, 'a');
    lanes.add('c', 'bulk', 0);
    lanes.add('b', 'normal', 1);
    assert.equal(lanes.take(true)?.urgency, 'normal');
    assert.deepEqual(drained(lanes), ['c']);
    lanes.add('a', 'bulk', 2);
    assert.deepEqual(drained(lanes), ['a']);
  });

  it('keeps the bulk in line while it may not be taken', () => {
    const lanes = createLanes();
    lanes.add('new', 'bulk', 0);
    lanes.add('changed', 'normal', 1);
    assert.deepEqual(drained(lanes, false), ['changed']);
    assert.deepEqual(drained(lanes), ['new']);
  });

  it('lets nothing wait for ever: one key in turn is the oldest of all', () => {
    const lanes = createLanes();
    for (let n = 0; n < 3; n++) lanes.add(`new-${n}`, 'bulk', n);
    const taken: string[] = [];
    for (let n = 0; n < 3 * oneInTurn; n++) {
      lanes.add(`lost-${n}`, 'urgent', 100 + n);
      taken.push(lanes.take(true)?.key ?? '');
    }
    assert.deepEqual(
      taken.flatMap((key, at) => (key.startsWith('new') ? [`${key} ${at + 1}`] : [])),
      [0, 1, 2].map((n) => `new-${n} ${(n + 1) * oneInTurn}`),
    );
  });

  it('lets groups take turns, so that many keys of one do not hold up the others', () => {
    const lanes = createLanes((key) => key.charAt(0));
    for (const key of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) lanes.add(key, 'bulk', 0);
    assert.deepEqual(drained(lanes).join(' '), 'a1 b1 c1 a2 b2 a3 a4');
    const moving = createLanes((key) => key.charAt(0));
    for (const key of ['a1', 'a2', 'b1', 'b2']) moving.add(key, 'bulk', 1);
    moving.add('b1', 'normal', 2);
    assert.deepEqual(drained(moving).join(' '), 'b1 a1 b2 a2');
    assert.equal(lanes.size, 0);
  });

  it('costs the same for a hundred thousand keys', () => {
    const lanes = createLanes((key) => key.slice(-2));
    const keys = Array.from({ length: 100_000 }, (_, n) => String(n));
    for (const key of keys) lanes.add(key, 'bulk', 0);
    for (const key of keys.slice(50_000)) lanes.add(key, 'normal', 1);
    assert.equal(drained(lanes).length, 100_000);
  });
});

describe('moreUrgent()', () => {
  it('chooses the more urgent of two', () => {
    assert.equal(moreUrgent('bulk', undefined), 'bulk');
    assert.equal(moreUrgent('bulk', 'urgent'), 'urgent');
    assert.equal(moreUrgent('normal', 'bulk'), 'normal');
  });
});
