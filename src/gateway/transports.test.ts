import assert from 'node:assert/strict';
import { it } from 'node:test';
import { transports } from './transports.js';

it('transports are found under the name that they give themselves', () => {
  assert.deepEqual(Object.keys(transports).toSorted(), ['flat', 'gateway', 'linkerd']);
  for (const [name, { limits }] of Object.entries(transports)) assert.equal(limits.transport, name);
});
