import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeHeard, encodeHeard } from './trustreport.js';

const heard = new Map([
  ['rome', ['b']],
  ['paris', ['a', 'b']],
]);

describe('encodeHeard()', () => {
  it('is read back as it was', () => assert.deepEqual(decodeHeard(encodeHeard(heard, 1)), new Map(heard)));
  it('differs with each beat', () => assert.notEqual(encodeHeard(heard, 1), encodeHeard(heard, 2)));
});

describe('decodeHeard()', () => {
  for (const text of ['', 'x', 'null', '[]', '{}', '{"links":3}'])
    it(`takes nothing from ${JSON.stringify(text)}`, () => assert.equal(decodeHeard(text).size, 0));
  it('leaves out a link that it cannot read', () =>
    assert.deepEqual(decodeHeard('{"links":{"paris":[1],"rome":["a"]}}'), new Map([['rome', ['a']]])));
});
