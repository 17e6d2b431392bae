import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFirstLines } from './firstlines.js';

/** What a peer knows that was told so. */
function reader(most: number) {
  const lines = createFirstLines(most);
  const known = new Map<string, string>();
  let changes = 0;
  const put = (key: string, line: string | undefined, created = 'at 1') => {
    for (const [told, text] of lines.put(key, line, created)) {
      changes++;
      if (text === undefined) known.delete(told);
      else known.set(told, text);
    }
  };
  return { lines, known, put, changes: () => changes };
}
const names = ({ known }: ReturnType<typeof reader>) => [...known.keys()].toSorted().join();

test('a new service drives no older one out, whatever its name is', () => {
  const peer = reader(2);
  peer.put('shop/b', 'B', '2026-01-01T00:00:00Z');
  peer.put('shop/c', 'C', '2026-01-02T00:00:00Z');
  peer.put('aaa/new', 'new', '2026-01-03T00:00:00Z');
  assert.deepEqual([names(peer), peer.lines.isOver], ['shop/b,shop/c', true]);
  peer.put('shop/b', undefined);
  assert.equal(names(peer), 'aaa/new,shop/c');
});

test('a service that was made anew is as young as it is now', () => {
  const peer = reader(2);
  for (const [at, name] of ['a', 'b', 'c'].entries()) peer.put(`shop/${name}`, name, `2026-01-0${at + 1}`);
  peer.put('shop/a', 'again', '2026-02-01');
  assert.equal(names(peer), 'shop/b,shop/c');
});

test('one change at the border costs no more than two', () => {
  const peer = reader(1_000);
  for (let at = 0; at < 1_001; at++) peer.put(`shop/s${at}`, 'line', `${1_000 + at}`);
  const before = peer.changes();
  for (let round = 0; round < 100; round++) {
    peer.put('shop/s5', undefined);
    peer.put('shop/s5', `line ${round}`, '1005');
  }
  assert.equal(peer.changes() - before, 400);
  assert.equal(peer.known.size, 1_000);
});

test('whatever happens, the oldest are told with their present lines, and all of them where there is room', () => {
  const change = fc.record({
    key: fc.integer({ min: 0, max: 9 }).map((n) => `ns/s${n}`),
    line: fc.option(fc.string(), { nil: undefined }),
    created: fc.integer({ min: 0, max: 9 }).map(String),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (changes, most) => {
      const peer = reader(most);
      const all = new Map<string, { line: string; rank: string }>();
      for (const { key, line, created } of changes) {
        peer.put(key, line, created);
        if (line === undefined) all.delete(key);
        else all.set(key, { line, rank: `${created} ${key}` });
        const first = [...all].toSorted(([, a], [, b]) => (a.rank < b.rank ? -1 : 1)).slice(0, most);
        assert.deepEqual(
          [...peer.known].toSorted(),
          first.map(([name, { line: text }]) => [name, text]).toSorted(),
        );
        assert.equal(peer.lines.size, all.size);
      }
    }),
  );
});
