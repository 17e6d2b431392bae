import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import type { ExportReason } from '../../api/conditions.js';
import type { Clock } from '../../runtime/clock.js';
import type { ExportProblem } from '../../exports/exports.js';
import { ImmutableMap } from '../../runtime/immutable.js';
import { createAnnouncements as create, type Announcements } from './announce.js';

const aProblem = (
  service: string,
  message = 'not exported: why',
  reason: ExportReason = 'UnsupportedService',
): ExportProblem => ({ service, reason, message, links: new Set(['london']) });

/** Announcements of problems in a list. */
function createAnnouncements(clock: Clock): (problems: readonly ExportProblem[]) => Announcements {
  const announce = create(clock);
  return (problems) => announce(ImmutableMap.of(Map.groupBy(problems, ({ service }) => service)));
}

const many = (count: number, namespace: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => aProblem(`${namespace(i)}/s${i}`));

test('a problem is due once, when it begins, and again when it comes back', () => {
  const announce = createAnnouncements(fakeClock());
  const [one, other] = [aProblem('default/a'), aProblem('default/b')];
  assert.deepEqual(announce([one]), { due: [one] });
  assert.deepEqual(announce([one]), { due: [] });
  assert.deepEqual(announce([one, other]), { due: [other] });
  assert.deepEqual(announce([other]), { due: [] });
  assert.deepEqual(announce([one, other]), { due: [one] });
});

test('a problem that says something else is due', () => {
  const announce = createAnnouncements(fakeClock());
  announce([aProblem('default/a', 'says "htpp"')]);
  const now = aProblem('default/a', 'says "htttp"');
  assert.deepEqual(announce([now]).due, [now]);
});

test('ports of one Service are told of in one Event for each reason', () => {
  const announce = createAnnouncements(fakeClock());
  const { due } = announce([
    aProblem('default/a', 'port 80 is not exported', 'InvalidAnnotation'),
    aProblem('default/a', 'port 81 is not exported', 'InvalidAnnotation'),
    aProblem('default/a', 'port 81 is not exported', 'InvalidAnnotation'),
    aProblem('default/a', 'exported, but', 'NodeLocal'),
  ]);
  assert.deepEqual(
    due.map(({ reason, message }) => [reason, message]),
    [
      ['InvalidAnnotation', 'port 80 is not exported; port 81 is not exported'],
      ['NodeLocal', 'exported, but'],
    ],
  );
});

test('a namespace gets ten at once and then one each ten seconds; another one is not kept waiting', async () => {
  const clock = fakeClock();
  const announce = createAnnouncements(clock);
  const all = many(12, () => 'shop');
  const first = announce(all);
  assert.deepEqual([first.due.length, first.lookAgainIn], [10, 10_000]);
  const elsewhere = aProblem('bank/a');
  assert.deepEqual(announce([...all, elsewhere]).due, [elsewhere]);
  await clock.advance(10_000);
  const second = announce(all);
  assert.deepEqual([second.due.length, second.lookAgainIn], [1, 10_000]);
  await clock.advance(10_000);
  const third = announce(all);
  assert.deepEqual([third.due.length, third.lookAgainIn], [1, undefined]);
  const told = [...first.due, ...second.due, ...third.due].map(({ service }) => service);
  assert.equal(new Set(told).size, 12);
});

test('what has to wait is due later, even if nothing changes, and what does not is not looked at again', async () => {
  const clock = fakeClock();
  const announce = create(clock);
  const all = ImmutableMap.of(many(11, () => 'shop').map((one) => [one.service, [one]] as const));
  assert.equal(announce(all).due.length, 10);
  await clock.advance(10_000);
  assert.equal(announce(all).due.length, 1);
  assert.deepEqual(announce(all), { due: [] });
});

test('all namespaces together get fifty at once, and then one a second', async () => {
  const clock = fakeClock();
  const announce = createAnnouncements(clock);
  const all = many(52, (i) => `n${i}`);
  const first = announce(all);
  assert.deepEqual([first.due.length, first.lookAgainIn], [50, 1_000]);
  await clock.advance(1_000);
  assert.equal(announce(all).due.length, 1);
});

test('a tenant who makes and deletes broken Services gets no more Events than that', () => {
  const announce = createAnnouncements(fakeClock());
  let events = 0;
  for (let i = 0; i < 100; i++) events += announce([aProblem(`shop/s${i}`)]).due.length;
  assert.equal(events, 10);
});
