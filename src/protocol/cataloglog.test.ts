import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogLog, mostGone } from './cataloglog.js';

const head = { cluster: 'paris', uid: 'u', caBundle: '' };
const most = 1 << 20;

function aLog(bound?: number) {
  const log = createCatalogLog(head, bound);
  const lines = (after: number, whole?: number) =>
    log
      .read(after, { most, ...(whole !== undefined && { whole }) })
      .lines.split('\n')
      .filter((line) => line !== '')
      .map((line) => (line.startsWith('{') ? `-${(JSON.parse(line) as { key: string }).key}` : line));
  return {
    log,
    lines,
    write: (...changes: (readonly [string, string | undefined])[]) =>
      log.write(changes.map(([key, line]) => [key, line === undefined ? undefined : `${line}\n`])),
  };
}

describe('createCatalogLog()', () => {
  it('tells services in the order of their last changes', () => {
    const { log, lines, write } = aLog();
    write(['a', 'a1'], ['b', 'b1'], ['c', 'c1']);
    write(['a', 'a2']);
    assert.deepEqual(lines(0), ['b1', 'c1', 'a2']);
    assert.deepEqual(lines(3), ['a2']);
    assert.deepEqual(lines(log.version), []);
  });

  it('counts no change that changes nothing', () => {
    const { log, write } = aLog();
    let calls = 0;
    log.listen({ changed: () => calls++, ended: () => {} });
    write(['a', 'a1']);
    write(['a', 'a1']);
    write(['b', undefined]);
    assert.deepEqual([log.version, calls], [1, 1]);
  });

  it('tells once of many changes', () => {
    const { log, write } = aLog();
    let calls = 0;
    const stop = log.listen({ changed: () => calls++, ended: () => {} });
    write(['a', 'a1'], ['b', 'b1'], ['a', 'a2']);
    stop();
    write(['a', 'a3']);
    assert.equal(calls, 1);
  });

  it('tells who is gone, and no more of it when it is back', () => {
    const { lines, write } = aLog();
    write(['a', 'a1'], ['b', 'b1']);
    write(['a', undefined]);
    assert.deepEqual(lines(2), ['-a']);
    assert.deepEqual(lines(0), ['b1', '-a']);
    write(['a', 'a1']);
    assert.deepEqual(lines(2), ['a1']);
  });

  it('does not tell one who begins without anything who is gone already, but who goes meanwhile', () => {
    const { log, lines, write } = aLog();
    write(['a', 'a1'], ['b', 'b1'], ['c', 'c1']);
    write(['a', undefined]);
    const whole = log.version;
    write(['b', undefined]);
    assert.deepEqual(lines(0, whole), ['c1', '-b']);
  });

  it('stops after so many bytes, and goes on there', () => {
    const { log, write } = aLog();
    write(['a', 'a1'], ['b', 'b1'], ['c', 'c1']);
    const first = log.read(0, { most: 4 });
    assert.deepEqual(first, { lines: 'a1\nb1\n', version: 2 });
    // what the reader has not been told yet comes as it is then
    write(['c', 'c2'], ['a', 'a2']);
    assert.deepEqual(log.read(2, { most }), { lines: 'c2\na2\n', version: 5 });
  });

  it('forgets the oldest of those that are gone, and says that older changes are not known', () => {
    const { log, write } = aLog(4);
    write(...Array.from({ length: 5 }, (_, n): [string, string] => [`k${n}`, 'x']));
    const before = log.version;
    for (let n = 0; n < 4; n++) write([`k${n}`, undefined]);
    assert.ok(log.knows(before));
    write(['k4', undefined]);
    assert.deepEqual([log.knows(before), log.knows(before + 2), log.knows(before + 3)], [false, false, true]);
    assert.ok(!log.knows(log.version + 1), 'a version that has not been');
  });

  it('keeps as much after a million changes as there is', () => {
    const { log, write } = aLog();
    for (let n = 0; n < 50_000; n++) write([`k${n % 100}`, `x${n}`]);
    for (let n = 0; n < 20_000; n++) write([`g${n}`, 'x'], [`g${n}`, undefined]);
    const { lines } = log.read(0, { most: 1 << 30 });
    assert.ok(lines.split('\n').length <= 100 + mostGone + 1);
    assert.ok(lines.startsWith('x49900\n'));
  });

  it('ends its streams with another head', () => {
    const { log } = aLog();
    let ends = 0;
    log.listen({ changed: () => {}, ended: () => ends++ });
    log.setHead({ ...head, caBundle: 'new' });
    log.end();
    assert.deepEqual([ends, log.head.caBundle], [2, 'new']);
  });

  it('has another epoch each time', () => assert.notEqual(aLog().log.epoch, aLog().log.epoch));
});
