import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { answering, type Handler, readTarget } from './answering.js';

async function serving(t: TestContext, handle: Handler): Promise<string> {
  const server = createServer(answering(handle, ({ message }) => `failed: ${message}`)).listen(
    0,
    '127.0.0.1',
  );
  t.after(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const throwing: Record<string, Handler> = {
  'at once': () => {
    throw new Error('oops');
  },
  'a little later': async () => {
    await Promise.resolve();
    throw new Error('oops');
  },
};

for (const [when, handle] of Object.entries(throwing)) {
  test(`what is thrown ${when} is answered`, async (t) => {
    const answer = await fetch(await serving(t, handle));
    assert.deepEqual([answer.status, await answer.text()], [500, 'failed: oops\n']);
  });
}

test('an answer that has begun is cut, so that nobody takes it for a whole one', async (t) => {
  const url = await serving(t, (_request, response) => {
    response.writeHead(200).write('half');
    throw new Error('oops');
  });
  await assert.rejects(fetch(url).then((answer) => answer.text()));
});

test('readTarget() tells path and query apart, whatever was written', () => {
  for (const [target, path, query] of [
    ['/a?b=1&c', '/a', 'b=1&c='],
    ['/a', '/a', ''],
    ['//', '//', ''],
    ['//[?x=?', '//[', 'x=%3F'],
    ['http://x:y:z', 'http://x:y:z', ''],
    ['/%zz?%zz', '/%zz', '%25zz='],
    [undefined, '', ''],
  ] as const) {
    const read = readTarget(target);
    assert.deepEqual([read.path, read.query.toString()], [path, query]);
  }
});
