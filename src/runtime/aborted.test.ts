import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { orAborted } from './aborted.js';

test('orAborted() gives what the promise gives, and leaves no listener', async () => {
  const { signal } = new AbortController();
  assert.equal(await orAborted(Promise.resolve(1), signal), 1);
  assert.equal(await orAborted(Promise.resolve(2), undefined), 2);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('orAborted() rejects with the reason, before or while it waits', async () => {
  const stop = new AbortController();
  const waiting = orAborted(new Promise(() => undefined), stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(orAborted(Promise.resolve(), stop.signal), /enough/);
});
