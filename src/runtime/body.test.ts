import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStart, readWhole } from './body.js';
import { TooLargeError } from './errors.js';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('readWhole() reads all, or gives up', async () => {
  assert.equal(await readWhole(pieces('ab', 'cd'), { what: 'GET /x', most: 4 }), 'abcd');
  assert.equal(await readWhole(pieces(), { what: 'GET /x', most: 4 }), '');
  await assert.rejects(readWhole(pieces('ab', 'cde'), { what: 'GET /x', most: 4 }), TooLargeError);
});

test('readStart() reads so much, and leaves the rest', async () => {
  assert.equal(await readStart(pieces('ab', 'c'), 4), 'abc');
  assert.equal(await readStart(pieces('abc', 'def'), 4), 'abcd');
  let taken = 0;
  async function* endless() {
    for (;;) {
      taken++;
      yield Buffer.from('abc');
    }
  }
  assert.equal(await readStart(endless(), 4), 'abca');
  assert.equal(taken, 2);
});
