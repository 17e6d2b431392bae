import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOwnScope, type OwnScope } from './ownscope.js';

/** What is read after each of these wishes. */
function read(...wishes: string[][]): OwnScope[] {
  const scope = createOwnScope();
  return wishes.map((wanted) => scope(new Set(wanted)));
}
const some = (count: number, letter = 'n') =>
  Array.from({ length: count }, (_, n) => `${letter}${String(n).padStart(2, '0')}`);

describe('the namespaces of this cluster that are read', () => {
  it('are none while nobody wants any', () =>
    assert.deepEqual(read([], ['a'], [], ['b']), [undefined, ['a'], undefined, ['b']]));

  it('stay while mirrors come and go', () =>
    assert.deepEqual(read(['b'], ['a', 'b'], ['b'], ['a', 'b']).slice(1), Array(3).fill(['a', 'b'])));

  it('are those that are wanted when they would be too many with those before', () =>
    assert.deepEqual(read(some(10, 'a'), [...some(8, 'b')]).at(-1), some(8, 'b')));

  it('are all when many are wanted, until half as many are', () =>
    assert.deepEqual(
      read(some(16), some(17), some(16), some(9), some(8)).map((one) => one?.length),
      [16, 0, 0, 0, 8],
    ));
});
