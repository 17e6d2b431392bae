import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aLink, aMirror, annotated, epoch } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import { createDeletions } from './deletions.js';

const mirrors = Array.from({ length: 40 }, (_, n) => aMirror(`m-${n}`));
const link = aLink('paris');
const minute = 60_000;
const permitted = (until: number) =>
  aLink('paris', annotated({ [keys.allowDeletionsUntil]: new Date(until).toISOString() }));

/** @param gone how many of how many mirrors have no Service */
function start(gone: number, total = mirrors.length) {
  const clock = fakeClock();
  const now = { gone: mirrors.slice(0, gone), total };
  const changed: string[] = [];
  const deletions = createDeletions({
    ...{ clock, standing: () => now },
    onChange: (name) => changed.push(name),
  });
  const may = (n = 0, its = link) => deletions.mayGo(its, mirrors[n]!);
  return { clock, now, changed, deletions, may };
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
    assert.deepEqual(deletions.held('paris'), {
      ...{ count: 11, total: 21 },
      ...{ until: '2026-01-01T00:10:00Z', permit: '2026-01-01T01:00:00Z' },
    });
    await clock.advance(9 * minute);
    assert.deepEqual(may(1), { after: minute });
    await clock.advance(minute);
    assert.equal(may(2), true);
    assert.equal(may(3), true);
    assert.equal(deletions.held('paris'), undefined);
    assert.deepEqual(changed, ['paris', 'paris']);
  });

  it('counts those that went within a minute before', async () => {
    const { now, may, deletions } = start(1, 16);
    for (let n = 0; n < 10; n++) {
      now.gone = mirrors.slice(n, n + 1);
      now.total = 16 - n;
      assert.equal(may(n), true, `${n}`);
    }
    now.gone = mirrors.slice(10, 11);
    now.total = 6;
    assert.notEqual(may(10), true);
    assert.equal(deletions.held('paris')?.count, 1);
    const slow = start(1, 16);
    for (let n = 0; n < 16; n++) {
      slow.now.gone = mirrors.slice(n, n + 1);
      slow.now.total = 16 - n;
      assert.equal(slow.may(n), true, `${n}`);
      await slow.clock.advance(10_000);
    }
  });

  it('holds no others because of those that it has let go', async () => {
    const { clock, now, may } = start(30);
    may();
    await clock.advance(10 * minute);
    assert.equal(may(), true);
    now.gone = mirrors.slice(5, 32);
    now.total = 35;
    assert.equal(may(31), true);
    assert.equal(may(6), true);
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

  it('lets go what goes after a change of what is imported', async () => {
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

  it('holds no more when the Services are back', async () => {
    const { clock, now, may, deletions } = start(30);
    may();
    now.gone = mirrors.slice(0, 2);
    assert.notEqual(may(), true, 'they are not counted again for each mirror');
    await clock.advance(1_000);
    assert.equal(may(), true);
    assert.equal(deletions.held('paris'), undefined);
  });

  it('tells when another number is held', async () => {
    const { clock, now, may, changed, deletions } = start(30);
    may();
    now.gone = mirrors.slice(0, 35);
    await clock.advance(1_000);
    may();
    assert.equal(deletions.held('paris')?.count, 35);
    assert.deepEqual(changed, ['paris', 'paris']);
  });
});
