import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aLink, annotated, epoch } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import { createDeletions } from './deletions.js';

const link = aLink('paris');
const minute = 60_000;
const key = (n: number) => `paris|default/web-${n}`;
const permitted = (until: number) =>
  aLink('paris', annotated({ [keys.allowDeletionsUntil]: new Date(until).toISOString() }));

/** A Link with so many mirrors, of which the first so many have lost their Services. */
function start(gone: number, total = 40) {
  const clock = fakeClock();
  const mirrors = new Set(Array.from({ length: total }, (_, n) => key(n)));
  const lost = new Set(Array.from({ length: gone }, (_, n) => key(n)));
  const changed: string[] = [];
  let counted = 0;
  const deletions = createDeletions({
    clock,
    all: () => (counted++, [...mirrors]),
    isGone: (_link, one) => mirrors.has(one) && lost.has(one),
    onChange: (name) => changed.push(name),
  });
  return {
    ...{ clock, changed, deletions },
    counted: () => counted,
    may: (n = 0, its = link) => deletions.mayGo(its, key(n)),
    /** The Service goes in the remote cluster, or comes back. */
    serves: (n: number, there: boolean) => {
      if (there) lost.delete(key(n));
      else lost.add(key(n));
      deletions.noted('paris', key(n));
    },
    /** The controller finds the Service. */
    found: (n: number) => deletions.found('paris', key(n)),
    /** The mirror is gone from here. */
    went: (n: number) => {
      mirrors.delete(key(n));
      deletions.removed('paris', key(n));
    },
  };
}

describe('createDeletions()', () => {
  it('lets go what is not much: ten, or half of them', () => {
    for (const [gone, total] of [
      [1, 1],
      [10, 10],
      [20, 40],
    ] as const)
      assert.equal(start(gone, total).may(), true, `${gone} of ${total}`);
  });

  it('holds more than ten and more than half for ten minutes', async () => {
    const { clock, may, deletions, changed } = start(11, 21);
    assert.deepEqual(may(), { after: 10 * minute });
    const held = {
      ...{ count: 11, total: 21 },
      ...{ until: '2026-01-01T00:10:00Z', permit: '2026-01-01T01:00:00Z' },
    };
    assert.deepEqual(deletions.held('paris'), held);
    await clock.advance(9 * minute);
    assert.deepEqual(may(1), { after: minute });
    assert.deepEqual(deletions.held('paris'), held);
    await clock.advance(minute);
    for (const n of [2, 3, 10]) assert.equal(may(n), true);
    assert.equal(deletions.held('paris'), undefined);
    assert.deepEqual(changed, ['paris', 'paris']);
  });

  it('counts those that went one by one within a minute before', async () => {
    const { may, serves, went, deletions } = start(0, 100);
    let n = 0;
    for (; n < 100; n++) {
      serves(n, false);
      if (may(n) !== true) break;
      went(n);
    }
    assert.equal(n, 50);
    assert.equal(deletions.held('paris')?.count, 1);
    const slow = start(0, 16);
    for (let m = 0; m < 16; m++) {
      slow.serves(m, false);
      assert.equal(slow.may(m), true, `${m}`);
      slow.went(m);
      await slow.clock.advance(10_000);
    }
  });

  it('holds no others because of those that it has let go', async () => {
    const { clock, may, serves, went } = start(30);
    may();
    await clock.advance(10 * minute);
    assert.equal(may(), true);
    for (let n = 0; n < 5; n++) went(n);
    serves(31, false);
    assert.equal(may(31), true);
    assert.equal(may(6), true);
  });

  it('begins anew when the Services were back meanwhile', async () => {
    const { clock, may, serves, found, deletions, changed } = start(30);
    assert.notEqual(may(), true);
    for (let n = 0; n < 30; n++) {
      serves(n, true);
      found(n);
    }
    assert.equal(deletions.held('paris'), undefined);
    assert.deepEqual(changed, ['paris', 'paris']);
    await clock.advance(60 * minute);
    for (let n = 0; n < 30; n++) serves(n, false);
    assert.deepEqual(may(), { after: 10 * minute });
  });

  it('begins anew, too, when all Services were read again', () => {
    const { may, serves, found, deletions } = start(30);
    assert.notEqual(may(), true);
    for (let n = 0; n < 30; n++) serves(n, true);
    deletions.noted('paris');
    found(0);
    assert.equal(deletions.held('paris'), undefined);
  });

  it('lets go what an annotation of the Link permits until a time', async () => {
    const { may } = start(30);
    assert.notEqual(may(), true);
    assert.notEqual(may(0, permitted(epoch)), true);
    assert.equal(may(0, permitted(epoch + minute)), true);
    const later = start(30);
    await later.clock.advance(2 * minute);
    assert.notEqual(later.may(0, permitted(epoch + minute)), true);
  });

  it('lets go what goes after a change of what is selected', async () => {
    const { may, deletions } = start(30);
    assert.notEqual(may(), true);
    deletions.expect('paris');
    assert.equal(deletions.held('paris'), undefined);
    assert.equal(may(), true);
    const later = start(30);
    later.deletions.expect('paris');
    later.deletions.expect('lyon');
    await later.clock.advance(10 * minute);
    assert.notEqual(later.may(), true);
  });

  it('tells when another number is held', () => {
    const { may, serves, changed, deletions } = start(30);
    may();
    for (let n = 30; n < 35; n++) serves(n, false);
    may(31);
    assert.equal(deletions.held('paris')?.count, 35);
    assert.deepEqual(changed, ['paris', 'paris']);
  });

  it('counts all mirrors once, however many go', () => {
    const { may, serves, went, counted } = start(0, 40);
    for (let n = 0; n < 9; n++) {
      serves(n, false);
      may(n);
      went(n);
    }
    assert.ok(counted() <= 2, `${counted()} times`);
  });

  it('forgets a Link', () => {
    const { may, deletions } = start(30);
    may();
    deletions.forget('paris');
    assert.equal(deletions.held('paris'), undefined);
  });
});
