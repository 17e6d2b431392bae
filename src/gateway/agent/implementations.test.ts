import assert from 'node:assert/strict';
import { test } from 'node:test';
import { implementationOf, implementations } from './implementations.js';

test('an implementation is found by its name', () => {
  assert.equal(implementationOf('node'), implementations['node']?.({}));
});

for (const name of ['', 'envoy', 'toString', '__proto__']) {
  test(`an unknown name is refused with a list of the known ones: ${JSON.stringify(name)}`, () => {
    assert.throws(() => implementationOf(name), /use node/);
  });
}
