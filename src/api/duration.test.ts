import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { millisecondsOf, parseDuration } from './duration.js';

suite('parseDuration() reads', () => {
  for (const [text, milliseconds] of Object.entries({
    '500ms': 500,
    '3s': 3000,
    '1m': 60_000,
    '90s': 90_000,
  })) {
    test(text, () => assert.equal(parseDuration(text), milliseconds));
  }
});

suite('parseDuration() refuses', () => {
  for (const text of ['', '3', 's', '0s', '-1s', '1.5s', '1h', '3 s', '3s ', '1m30s', '1234567s']) {
    test(JSON.stringify(text), () => {
      assert.throws(() => parseDuration(text), RangeError);
    });
  }
});

test('millisecondsOf() takes 0 and any count, and says NaN of what is no duration', () => {
  assert.deepEqual(['0s', '1234567s', '2m', '', '3', '1.5s', '-1s', '1h'].map(millisecondsOf), [
    0,
    1_234_567_000,
    120_000,
    NaN,
    NaN,
    NaN,
    NaN,
    NaN,
  ]);
});
