import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVersion } from './version.js';

const read: Record<string, readonly [string, number, number, number]> = {
  'what haproxy -v prints': [
    'HAProxy version 3.0.11-1+deb13u5 2026/11/18 - https://haproxy.org/',
    ...([3, 0, 11] as const),
  ],
  'what show info holds': ['3.2.5', 3, 2, 5],
  'the first of 3.1 that loses no end of a stream': ['HAProxy version 3.1.8', 3, 1, 8],
  'one with two digits': ['HAProxy version 3.12.1', 3, 12, 1],
  'one without a patch': ['HAProxy version 4.0', 4, 0, 0],
};

for (const [what, [text, major, minor, patch]] of Object.entries(read)) {
  test(`readVersion() reads ${what}`, () => {
    const version = readVersion(text);
    assert.deepEqual([version.major, version.minor, version.patch], [major, minor, patch]);
  });
}

const refused: Record<string, RegExp> = {
  'HA-Proxy version 1.9.9': /1\.9\.9 is too old: it must be 3\.0\.11 or newer/,
  'HAProxy version 2.6.12-1+deb12u4': /2\.6\.12-1\+deb12u4 is too old: .*--implementation node/,
  'HAProxy version 3.0.10': /3\.0\.10 is too old/,
  'HAProxy version 3.1.7': /3\.1\.7 is too old: it must be 3\.1\.8 or newer/,
};

for (const [text, message] of Object.entries(refused)) {
  test(`readVersion() refuses ${text}, and says what it takes`, () => {
    assert.throws(() => readVersion(text), message);
  });
}

test('readVersion() refuses what says no version', () => {
  assert.throws(() => readVersion('bash: command not found'), /does not say its version/);
});
