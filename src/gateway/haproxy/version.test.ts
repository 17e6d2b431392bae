import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf, readVersion } from './version.js';

const read: Record<string, readonly [string, number, number]> = {
  'what haproxy -v prints': ['HAProxy version 3.0.11-1+deb13u5 2026/11/18 - https://haproxy.org/', 3, 0],
  "Debian 12's": ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/', 2, 6],
  'what show info holds': ['2.8.5', 2, 8],
  'one with two digits': ['HAProxy version 3.12.1', 3, 12],
};

for (const [what, [text, major, minor]] of Object.entries(read)) {
  test(`readVersion() reads ${what}`, () => {
    const version = readVersion(text);
    assert.deepEqual([version.major, version.minor], [major, minor]);
  });
}

test('readVersion() says what to install when it is too old', () => {
  assert.throws(() => readVersion('HA-Proxy version 2.4.22'), /2\.4\.22 is too old: install 2\.6 or newer/);
  assert.throws(() => readVersion('HAProxy version 1.9.9'), /too old/);
});

test('readVersion() refuses what says no version', () => {
  assert.throws(() => readVersion('bash: command not found'), /does not say its version/);
});

test('featuresOf() trusts 3.0 with everything, and what lies before it with nothing', () => {
  assert.deepEqual(new Set(Object.values(featuresOf(readVersion('3.0.11')))), new Set([true]));
  assert.deepEqual(new Set(Object.values(featuresOf(readVersion('2.9.9')))), new Set([false]));
});

const whole: Record<string, boolean> = {
  ...{ '2.6.12-1+deb12u4': false, '3.0.10': false, '3.0.11-1+deb13u5': true, '3.0.12': true },
  ...{ '3.1.7': false, '3.1.8': true, '3.2.0': true, '3.3.0': true, '4.0': true },
};

for (const [text, expected] of Object.entries(whole)) {
  test(`featuresOf() ${expected ? 'trusts' : 'does not trust'} ${text} with the end of a busy stream`, () => {
    assert.equal(featuresOf(readVersion(`HAProxy version ${text}`)).wholeStreams, expected);
  });
}
