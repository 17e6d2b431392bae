import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TooLargeError } from './errors.js';
import { lines } from './lines.js';

async function* chunks(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function split(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(chunks(...parts), 8)) found.push(line);
  return found;
}

const euro = Buffer.from('€');
const cases: Record<string, [(string | Uint8Array)[], string[]]> = {
  'several lines in one chunk': [['a\nb\n'], ['a', 'b']],
  'one line in several chunks': [['a', 'b', 'c\n'], ['abc']],
  'a character split between chunks': [[euro.subarray(0, 1), euro.subarray(1), '\n'], ['€']],
  'a newline at the start of a chunk': [
    ['a', '\nb', '\n'],
    ['a', 'b'],
  ],
  'empty lines are left out': [['\n\na\n\n'], ['a']],
  'a last line without its newline': [['a\nb'], ['a', 'b']],
  nothing: [[], []],
};
for (const [title, [parts, expected]] of Object.entries(cases))
  test(`lines(): ${title}`, async () => assert.deepEqual(await split(...parts), expected));

for (const parts of [['xxxx', 'xxxx', 'x'], ['xxxxxxxxx\n'], ['xxxxx', 'xxxx\n']])
  test(`lines() gives up on a line that is too long, as ${JSON.stringify(parts)}`, async () => {
    await assert.rejects(split(...parts), TooLargeError);
  });
