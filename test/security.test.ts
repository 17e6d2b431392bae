import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

const page = readFileSync('docs/security.md', 'utf8').replaceAll(/\s+/g, ' ');

/** What the page names: a file, and the title of a test in it where it names one. */
const named = [...page.matchAll(/`((?:src|test)\/[^` ]+\.ts)`(?:: ([^|\]`]+?)(?= \||\]|, `))?/g)].map(
  ([, file = '', title]) => ({ file, title: title?.trim() }),
);

suite('docs/security.md names tests that are there', () => {
  test('and not just a few', () => assert.ok(named.length > 15, String(named.length)));

  for (const { file, title } of named)
    test(`${file}${title === undefined ? '' : `: ${title}`}`, () => {
      const text = readFileSync(file, 'utf8');
      if (title !== undefined) assert.ok(text.includes(title), title);
    });
});
