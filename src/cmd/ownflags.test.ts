import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choices, ownFlags, ownHelp } from './ownflags.js';

const directory = { 'haproxy-directory': '/run/h' };

test('ownFlags() takes the flags of the implementation that was chosen, and no others', () => {
  assert.deepEqual(ownFlags('haproxy', { ...directory, role: 'egress', address: undefined }), directory);
  assert.deepEqual(ownFlags('node', { role: 'egress' }), {});
});

const mistakes: Record<string, readonly [implementation: string, values: object, says: RegExp]> = {
  'a flag of another implementation': [
    'node',
    directory,
    /--haproxy-directory: not for --implementation node/,
  ],
  'a flag that needs another one': ['haproxy', { haproxy: 'beside' }, /--haproxy beside: name the folder/],
  'an implementation that there is not': ['envoy', {}, /use haproxy or node/],
};

for (const [what, [implementation, values, says]] of Object.entries(mistakes))
  test(`ownFlags() refuses ${what}`, () => {
    assert.throws(() => ownFlags(implementation, { ...values }), says);
  });

test('the help text has a line for each implementation', () => {
  assert.match(choices, /^ {6}haproxy {16}HAProxy 3\.0\.11 or newer\n {6}node {19}the process .*\n$/);
});

test('the help text has a line for each flag of an implementation', () => {
  assert.match(ownHelp, /^ {2}--haproxy PROGRAM {10}what .*\n {2}--haproxy-directory DIR {4}what .*\n$/);
});
