import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** The tree is read where it stands: the tests run from `build/test`. */
const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The rows of the table of Linkerd's faults: their number, and the tests that show what is done here. */
const rows = [...read('docs/linkerd.md').matchAll(/^\| (\d+) \|.*\| ([^|]*) \|$/gm)].map(
  ([, number, shown = '']) => ({
    number: Number(number),
    tests: shown.split(/; (?=`)/).map((test) => /^`([^`]+)`: (.+)$/.exec(test)?.slice(1) ?? [test]),
  }),
);

/** The titles in a test, as they stand in its source. */
function titlesIn(source: string): Set<string> {
  const texts = source.matchAll(
    /(?:\b(?:it|test)\(\s*|^\s*)(?:'((?:[^'\\\n]|\\.)+)'|"([^"\n]+)"|`([^`]+)`)\s*[,:]/gm,
  );
  return new Set([...texts].map(([, single, double, template]) => single ?? double ?? template ?? ''));
}

describe("the table of Linkerd's faults", () => {
  it('has all 20', () => {
    assert.deepEqual(
      rows.map(({ number }) => number),
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });

  for (const { number, tests } of rows)
    it(`names tests that exist for fault ${number}`, () => {
      for (const [file = '', title] of tests) {
        assert.ok(title !== undefined, `neither file nor title: ${file}`);
        assert.ok(/\.ts$/.test(file) && existsSync(join(root, file)), `there is no ${file}`);
        assert.ok(titlesIn(read(file)).has(title), `${file} has no test '${title}'`);
      }
    });
});
