import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { listening } from './listening.js';

test('a server listens, and a second one on the same port is refused with the port in the message', async (t) => {
  const [first, second] = [createServer(), createServer()];
  t.after(() => first.close());
  await listening(first, 0, '127.0.0.1');
  const { port } = first.address() as AddressInfo;
  await assert.rejects(listening(second, port, '127.0.0.1'), (error: Error) => {
    assert.match(error.message, new RegExp(`\\b${port}\\b`));
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE');
    return true;
  });
});
