import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportsById } from './exports.js';
import type { Export } from './model.js';

test('exportsById() takes a list, and gives back a map as it is', () => {
  const one: Export = {
    ...{ serviceId: 's-a', target: { host: '10.96.0.1', port: 80 }, protocol: { kind: 'tcp' } },
    allow: new Set(['paris']),
  };
  const map = exportsById([one]);
  assert.equal(map.get('s-a'), one);
  assert.equal(exportsById(map), map);
});
