import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Agent, request as httpRequest } from 'node:http';
import { read } from './client.js';

/** What the web server of the HTTP tests says that it was asked. */
export interface Seen {
  readonly host: string;
  /** Values of the headers that name a caller. */
  readonly callers: readonly string[];
  readonly body: string;
}

/** One request, with its body if it has one. */
interface Asked {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** Of a length that is not said beforehand. */
  readonly chunked?: boolean;
}

/** One request on a connection of its own. */
export async function ask(port: number, headers: Required<Asked>['headers']): Promise<Seen> {
  const [seen] = await askAgain(port, [{ headers }]);
  return seen!;
}

/** One request after the other, all on one connection. */
export async function askAgain(port: number, all: readonly Asked[]): Promise<Seen[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const answers: Seen[] = [];
    for (const one of all) answers.push(JSON.parse(await exchange(port, one, agent)) as Seen);
    return answers;
  } finally {
    agent.destroy();
  }
}

function exchange(
  port: number,
  { headers = { host: 'bar' }, body, chunked = false }: Asked,
  agent: Agent,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...{ host: '127.0.0.1', port, agent, method: body === undefined ? 'GET' : 'POST' },
      headers: {
        ...headers,
        ...(body !== undefined && !chunked && { 'content-length': String(Buffer.byteLength(body)) }),
        ...(chunked && { 'transfer-encoding': 'chunked' }),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.toArray().then((chunks) => resolve(chunks.join('')), reject);
    });
    request.end(body);
  });
}

/** Upgrades a connection as a WebSocket client does (RFC 6455 section 1.3), and sees that bytes pass both ways. */
export async function upgrade(client: Socket): Promise<void> {
  client.write('GET /chat HTTP/1.1\r\nHost: bar\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
  client.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += (await read(client, 1)).toString();
  assert.match(head, /^HTTP\/1\.1 101 /);
  client.write(Buffer.from([1, 2, 3]));
  assert.deepEqual([...(await read(client, 3))], [3, 2, 1]);
  client.destroy();
}
