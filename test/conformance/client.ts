import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** A client on loopback that may be refused before it knows that it is connected; what it writes waits until then. */
export function call(port: number, host = '127.0.0.1'): Socket {
  const socket = connectTcp({ port, host, allowHalfOpen: true, noDelay: true });
  socket.on('error', () => {});
  return socket;
}

/** A connected client on loopback that may half-close; errors are left to those who wait for the close. */
export async function connect(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = call(port, host);
  await once(socket, 'connect');
  return socket;
}

/** Connects, says nothing, and tells how that ended. */
export function visit(port: number, host = '127.0.0.1'): Promise<string> {
  return ending(connectTcp({ port, host, allowHalfOpen: true }));
}

/** All that arrives until the other side ends its direction. @throws when it ends otherwise */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Exactly that many bytes, or fewer when the other side ends. */
export async function read(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = bytes;
  while (missing > 0) {
    const chunk = socket.read(Math.min(missing, Math.max(socket.readableLength, 1))) as Buffer | null;
    if (chunk) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (socket.readableEnded || socket.destroyed) break;
    else await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
  }
  return Buffer.concat(chunks);
}

/** How a connection ended: `end` is clean, anything else the error's code. */
export function ending(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let how = 'closed';
    socket.once('end', () => (how = 'end'));
    socket.once('error', (error: Error) => (how = codeOf(error)));
    socket.once('close', () => resolve(how));
    socket.once('end', () => socket.end());
    if (socket.readableEnded) {
      how = 'end';
      socket.end();
    }
    if (socket.closed) resolve(socket.errored ? codeOf(socket.errored) : how);
    socket.resume();
  });
}

/** Whether an echo behind a port is heard over a new connection; not so when that is refused or cut. */
export async function isAnswered(port: number): Promise<boolean> {
  const client = await connect(port).catch(() => undefined);
  if (client === undefined) return false;
  client.write('hello');
  const answer = (await read(client, 5).catch(() => '')).toString();
  client.destroy();
  return answer === 'hello';
}

/** Waits for the end of a connection, and holds it to be one of these. */
export async function endsAs(socket: Socket, ways: readonly string[]): Promise<void> {
  const how = await ending(socket);
  assert.ok(ways.includes(how), `ended as ${how} instead of ${ways.join(' or ')}`);
}

/** Connects, says nothing, and holds the end to be one of these. */
export async function visitEndsAs(port: number, ways: readonly string[]): Promise<void> {
  const how = await visit(port);
  assert.ok(ways.includes(how), `ended as ${how} instead of ${ways.join(' or ')}`);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

/** What became of a TLS client: `answered` something arrived; `refused` it was cut without a byte, and why. */
export type Outcome = { readonly answered: string } | { readonly refused: string };

/**
 * Opens a TLS connection to an ingress gateway with whatever is asked for, sends a line, and tells what comes of it. The
 * server's certificate is not looked at.
 */
export function tryTls(port: number, options: ConnectionOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...options,
    });
    let refused = 'closed';
    socket.on('error', (error: Error) => (refused = codeOf(error)));
    socket.on('data', (data: Buffer) => {
      resolve({ answered: data.toString() });
      socket.destroy();
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve({ refused }));
    socket.write('hello\n');
  });
}

/** A block of bytes that is the same each time, and its SHA-256. */
export function blob(bytes: number): { readonly data: Buffer; readonly sha256: string } {
  const data = Buffer.alloc(bytes);
  // A linear congruential generator, so that lost, repeated and swapped pieces all show.
  for (let at = 0, state = 1; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data.writeUInt32LE(state, at);
  }
  return { data, sha256: sha256(data) };
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
