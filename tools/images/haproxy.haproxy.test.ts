import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quiet } from '../clusters/progress.js';
import { writeHaproxyImage } from './haproxy.js';
import { assertSelfContained } from './selfcontained.js';

test('the image holds a HAProxy that needs nothing from outside of it', { timeout: 60_000 }, async (t) => {
  const said = await assertSelfContained(
    t,
    (out) => writeHaproxyImage(out, quiet),
    /haproxy:3\.0\.11$|haproxy:3\.0\.11"/,
  );
  assert.match(said, /^HAProxy version 3\.0\.11/);
});
