import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge, type Destination, type Applied } from '../../protocol/applied.js';
import { createHistory } from './history.js';

const to = (serviceId: string): Destination => ({ link: 'paris', serviceId });
const routes = (...entries: [number, string][]) =>
  new Map(entries.map(([port, serviceId]) => [port, to(serviceId)] as const));
const link = (healthy: boolean) => ({ healthy, answering: [] });

test('since() gives everything to who knows nothing', () => {
  const history = createHistory('e');
  history.update({ routes: routes([10000, 'a'], [10001, 'b']), links: new Map([['paris', link(true)]]) });
  assert.deepEqual(history.since('', 0), {
    epoch: 'e',
    version: history.version,
    full: true,
    routes: { 10000: to('a'), 10001: to('b') },
    links: { paris: link(true) },
    draining: false,
  });
});

test('since() gives only what is new: added, changed and gone', () => {
  const history = createHistory('e');
  history.update({ routes: routes([10000, 'a'], [10001, 'b'], [10002, 'c']) });
  const { version } = history;
  history.update({ routes: routes([10000, 'a'], [10001, 'B'], [10003, 'd']) });
  const answer = history.since('e', version);
  assert.equal(answer.full, false);
  assert.deepEqual(answer.routes, { 10001: to('B'), 10002: null, 10003: to('d') });
});

test('since() gives nothing to who is up to date', () => {
  const history = createHistory('e');
  history.update({ routes: routes([10000, 'a']) });
  const { full, routes: changed, links } = history.since('e', history.version);
  assert.deepEqual({ full, changed, links }, { full: false, changed: {}, links: {} });
});

for (const [title, epoch, version] of [
  ['another epoch', 'other', 1],
  ['a version that has not been', 'e', 1_000],
] as const) {
  test(`since() gives everything after ${title}`, () => {
    const history = createHistory('e');
    history.update({ routes: routes([10000, 'a']) });
    assert.equal(history.since(epoch, version).full, true);
  });
}

test('update() makes no version and wakes nobody when nothing is new', () => {
  const history = createHistory('e');
  history.update({ routes: routes([10000, 'a']), links: new Map([['paris', link(true)]]) });
  const { version } = history;
  let woken = 0;
  history.onChange(() => woken++);
  history.update({ routes: routes([10000, 'a']), links: new Map([['paris', link(true)]]), draining: false });
  assert.deepEqual([history.version, woken], [version, 0]);
});

test('update() wakes who waits when a link or the draining changes, until they stop waiting', () => {
  const history = createHistory('e');
  let woken = 0;
  const stop = history.onChange(() => woken++);
  history.update({ links: new Map([['paris', link(false)]]) });
  history.update({ draining: true });
  assert.equal(woken, 2);
  stop();
  history.update({ draining: false });
  assert.equal(woken, 2);
});

test('deltas add up to the state, also for who falls behind further than changes are remembered', () => {
  const history = createHistory('e');
  const seen = new Map<number, { known: Applied | undefined; epoch: string; version: number }>([
    [1, { known: undefined, epoch: '', version: 0 }],
    [700, { known: undefined, epoch: '', version: 0 }],
    [11_000, { known: undefined, epoch: '', version: 0 }],
  ]);
  const kinds = new Set<boolean>();
  let current = routes();
  for (let step = 1; step <= 22_000; step++) {
    current = new Map(current);
    const port = 10_000 + ((step * 7) % 50);
    if (step % 3 === 0) current.delete(port);
    else current.set(port, to(`s-${step}`));
    history.update({ routes: current });
    for (const [every, at] of seen) {
      if (step % every !== 0) continue;
      const answer = history.since(at.epoch, at.version);
      if (at.version > 0) kinds.add(answer.full);
      Object.assign(at, { known: merge(at.known, answer), epoch: answer.epoch, version: answer.version });
      if (step % 500 !== 0) continue;
      assert.deepEqual(
        new Map([...at.known!.routes].sort()),
        new Map([...current].sort()),
        `step ${step} of ${every}`,
      );
    }
  }
  assert.deepEqual([...kinds].sort(), [false, true], 'deltas and full answers were both exercised');
});
