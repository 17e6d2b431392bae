import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tell } from './account.js';

test('tell() says what a change cost, and how each pod went', () => {
  const attempt = { ok: false, time: 'noon', millis: 1, status: 0, body: '', error: 'refused' };
  const departures = [
    { pod: 'a', address: '10.0.0.1', told: 1_000, left: 1_540, ended: 9_000 },
    { pod: 'b', address: '10.0.0.2', told: 2_000, ended: 2_000 },
  ];
  const account = { what: 'scaled', seconds: 12.3, calls: 40, failures: [attempt], writes: 7, departures };
  assert.deepEqual(tell(account), [
    'scaled: 12 s, 40 calls, 1 failed, 7 writes of slices',
    '  a: out of all slices after 0.5 s, ended after 8.0 s',
    '  b: out of all slices after never, ended after 0.0 s',
    '  failed at noon: refused',
  ]);
});
