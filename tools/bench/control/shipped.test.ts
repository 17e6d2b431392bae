import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, envIn, nodeFlagsIn, readShipped } from './shipped.js';

test('readShipped() finds how the operator runs when it is installed', async () => {
  const { env, nodeFlags, args, memory } = await readShipped();
  assert.ok(env.includes('NODE_ENV=production'));
  assert.ok(nodeFlags.every((flag) => flag.startsWith('--')));
  assert.equal(args[0], 'operator');
  assert.ok(memory >= 2 ** 26 && memory <= 2 ** 31, `${memory} bytes`);
});

test('nodeFlagsIn() leaves out the program and the script', () => {
  const flags = (entrypoint: string) => nodeFlagsIn(`FROM a\nENTRYPOINT ${entrypoint}\n`);
  assert.deepEqual(flags('["node", "/app/main.js"]'), []);
  assert.deepEqual(flags('["node", "--a", "--b=1", "/app/main.js"]'), ['--a', '--b=1']);
  assert.throws(() => nodeFlagsIn('FROM a'), /no ENTRYPOINT/);
});

test('envIn() reads the last stage alone', () => {
  const dockerfile = 'FROM a\nENV A=1\nFROM b\nENV B=2 C=3\nENV D=4\n';
  assert.deepEqual(envIn(dockerfile), ['B=2', 'C=3', 'D=4']);
});

test('bytesOf() reads binary units, and refuses others', () => {
  assert.deepEqual([bytesOf('768Mi'), bytesOf('1Gi')], [768 * 2 ** 20, 2 ** 30]);
  assert.throws(() => bytesOf('768M'), /768M: neither/);
});
