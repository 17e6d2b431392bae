import assert from 'node:assert/strict';
import { test } from 'node:test';
import { implementationOf } from './implementations.js';

test('an implementation is found by its name', async () => {
  await implementationOf('node').check();
});

for (const name of ['', 'envoy', 'toString', '__proto__']) {
  test(`an unknown name is refused with a list of the known ones: ${JSON.stringify(name)}`, () => {
    assert.throws(() => implementationOf(name), /use node/);
  });
}
