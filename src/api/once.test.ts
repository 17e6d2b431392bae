import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onceEach } from './once.js';

test('onceEach() reads each object once, whatever the result, and equal objects apart', () => {
  let reads = 0;
  const read = onceEach(({ value }: { value: number }) => {
    reads += 1;
    return value === 0 ? undefined : { value };
  });
  const [one, other, empty] = [{ value: 1 }, { value: 1 }, { value: 0 }];
  assert.equal(read(one), read(one));
  assert.notEqual(read(one), read(other));
  assert.equal(read(empty) ?? read(empty), undefined);
  assert.equal(reads, 3);
});
