import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { silent } from './log.js';
import { rootSignal } from './signals.js';

function start() {
  const exits: number[] = [];
  const errors: object[] = [];
  const host = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  const log = { ...silent, error: (_message: string, fields: object = {}) => void errors.push(fields) };
  return { host, exits, errors, root: rootSignal(log, host) };
}

for (const name of ['SIGTERM', 'SIGINT'])
  test(`the first ${name} aborts, the second exits`, () => {
    const { host, exits, root } = start();
    assert.equal(root.signal.aborted, false);
    host.emit(name);
    assert.equal(root.signal.aborted, true);
    assert.deepEqual(exits, []);
    host.emit(name);
    assert.deepEqual(exits, [1]);
  });

for (const name of ['unhandledRejection', 'uncaughtException'])
  test(`${name} is logged and ends the process`, () => {
    const { host, exits, errors } = start();
    const error = new Error('nobody cared');
    host.emit(name, error);
    assert.deepEqual([exits, errors], [[1], [{ error }]]);
  });

test('dispose() stops listening', () => {
  const { host, exits, root } = start();
  root.dispose();
  host.emit('SIGTERM');
  host.emit('unhandledRejection', new Error('x'));
  assert.equal(root.signal.aborted, false);
  assert.deepEqual(exits, []);
  assert.deepEqual(host.eventNames(), []);
});
