import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { systemClock as clock } from '../../runtime/clock.js';
import { silent as log } from '../../runtime/log.js';
import { complete } from './settings.js';

test('complete() chooses a folder right below the temporary one, where nobody else can put another in its place', () => {
  const [one, other] = ['egress-all', 'ingress-all'].map(
    (name) => complete({ clock, log }, {}, name).directory,
  );
  assert.deepEqual([dirname(one!), dirname(other!)], [tmpdir(), tmpdir()]);
  assert.notEqual(one, other);
});
