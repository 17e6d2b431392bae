import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { Pool } from 'undici';
import { TooLargeError } from './errors.js';
import { askWhole } from './wholeanswer.js';

describe('askWhole()', () => {
  const open: { server: Server; pool: Pool }[] = [];
  afterEach(async () => {
    for (const { server, pool } of open.splice(0)) {
      await pool.destroy();
      server.closeAllConnections();
      server.close();
    }
  });

  /** Asks a server that answers so, over one connection. */
  async function asking(answer: (response: ServerResponse, body: string) => void, most = 8) {
    let connections = 0;
    const server = createServer((request, response) => {
      request.setEncoding('utf8');
      void request.toArray().then((pieces) => answer(response, pieces.join('')));
    });
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
    open.push({ server, pool });
    const ask = (signal = new AbortController().signal, body: string | null = null) =>
      askWhole(
        pool,
        { method: body === null ? 'GET' : 'POST', path: '/x', headers: {}, body },
        { what: 'GET /x', most, errorBytes: 4, signal },
      );
    return { ask, connections: () => connections };
  }

  it('gives status, headers and text, in whatever pieces that comes', async () => {
    const { ask, connections } = await asking((response, body) => {
      response.writeHead(201, { 'x-said': 'yes' });
      response.write(Buffer.from('é').subarray(0, 1));
      setImmediate(() => response.end(Buffer.concat([Buffer.from('é').subarray(1), Buffer.from(body)])));
    });
    const { status, headers, text } = await ask(undefined, 'ab');
    assert.deepEqual([status, headers['x-said'], text], [201, 'yes', 'éab']);
    await ask();
    assert.equal(connections(), 1, 'the connection is used again');
  });

  it('puts thousands of pieces together in their order', async () => {
    const whole = Array.from({ length: 2_500 }, (_, n) => String.fromCharCode(97 + (n % 26))).join('');
    const { ask } = await asking((response) => {
      for (const letter of whole) response.write(letter);
      response.end();
    }, 10_000);
    assert.equal((await ask()).text, whole);
  });

  it('gives up an answer that is too large', async () => {
    const { ask } = await asking((response) => void response.write('123456789'));
    await assert.rejects(ask, new TooLargeError('GET /x: the answer has more than 8 bytes'));
  });

  it('reads the start of a refusal, and leaves one that has no end', async () => {
    const { ask, connections } = await asking((response) => response.writeHead(403).write('not allowed'));
    assert.deepEqual((({ status, text }) => [status, text])(await ask()), [403, 'not ']);
    await ask();
    assert.equal(connections(), 2, 'its connection is not used again');
  });

  it('does not take the answer for whole when it breaks off', async () => {
    const { ask } = await asking((response) => {
      response.writeHead(200, { 'content-length': '6' }).write('abc', () => response.destroy());
    });
    await assert.rejects(ask, { code: 'UND_ERR_SOCKET' });
  });

  it('ends with the reason of the signal: before, while it waits for a connection, and in the answer', async () => {
    const arrived = Promise.withResolvers<void>();
    const { ask } = await asking((response) => response.writeHead(200).write('ab', () => arrived.resolve()));
    await assert.rejects(ask(AbortSignal.abort(new Error('early'))), { message: 'early' });
    const [first, second] = [new AbortController(), new AbortController()];
    const [answered, queued] = [ask(first.signal), ask(second.signal)];
    await arrived.promise;
    second.abort(new Error('queued'));
    await assert.rejects(queued, { message: 'queued' });
    first.abort(new Error('answered'));
    await assert.rejects(answered, { message: 'answered' });
  });
});
