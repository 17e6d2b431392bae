import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { EndpointSlice } from '../../src/api/objects.js';
import { eventually } from './eventually.js';
import type { NamespaceDriver } from './namespace.js';

/** Where clients connect to. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** A server that first says a line, and then everything back. */
export interface EchoServer {
  readonly port: number;
  close(): void;
}

/** Starts one. @param says the line, which tells who has answered, or at which address */
export async function startEchoServer({
  host = '127.0.0.1',
  port = 0,
  says = () => 'hello',
}: Partial<Destination> & { readonly says?: (socket: Socket) => string } = {}): Promise<EchoServer> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${says(socket)}\n`);
    socket.pipe(socket);
  });
  server.listen({ port, host, backlog: 1_024 });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** A connection that stays open. */
export interface Stream {
  /** The first line that came over it. */
  readonly said: string;
  /** Sends a word and waits until it is back; rejects when the stream ends instead. */
  echo(): Promise<void>;
  /** When it ended, on the clock of `performance.now()`. */
  readonly ended: Promise<number>;
  readonly isOpen: boolean;
  close(): void;
}

/** How long (ms) the first line may take; generous, since the machine may be busy. */
const patience = 20_000;

/** Connects, says nothing, and waits for a line. It rejects when the server closes the connection instead. */
export function openStream(destination: Destination): Promise<Stream> {
  const socket = connect(destination);
  socket.setTimeout(patience, () => socket.destroy(new Error('silent')));
  return streamOf(socket);
}

/** A stream of an open or opening connection. */
export async function streamOf(socket: Socket): Promise<Stream> {
  let why = 'closed without an answer';
  const ended = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())));
  const over = ended.then(() => Promise.reject(new Error(why)));
  over.catch(() => {});
  socket.on('error', (error: NodeJS.ErrnoException) => {
    why = error.code ?? error.message;
    socket.destroy();
  });
  socket.on('end', () => socket.destroy());
  let text = '';
  let heard = () => {};
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    heard();
  });
  const line = async () => {
    const whole = new Promise<void>((resolve) => {
      heard = () => text.includes('\n') && resolve();
      heard();
    });
    await Promise.race([over, whole]);
    const end = text.indexOf('\n');
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return first;
  };
  const said = await line();
  socket.setTimeout(0);
  why = 'the stream has ended';
  return {
    said,
    ended,
    async echo() {
      const word = `word-${performance.now()}`;
      const answer = line();
      socket.write(`${word}\n`);
      if ((await answer) !== word) throw new Error('the stream answers something else');
    },
    get isOpen() {
      return !socket.destroyed;
    },
    close: () => socket.destroy(),
  };
}

/** One call over a connection of its own: gives the line that was said, after a word has gone there and back. */
export async function call(destination: Destination): Promise<string> {
  const stream = await openStream(destination);
  try {
    await stream.echo();
    return stream.said;
  } finally {
    stream.close();
  }
}

/** Sends a request over a connection of its own and reads until the other side ends it; rejects when nothing came back. */
export function ask(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.setTimeout(patience, () => socket.destroy(new Error('silent')));
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.once('error', reject);
    socket.once('close', () =>
      answer === '' ? reject(new Error('closed without an answer')) : resolve(answer),
    );
    socket.write(request);
  });
}

/** The ready endpoints of a slice on its first port; an absent `ready` means true (KEP-1672). */
export function destinationsIn({ ports, endpoints }: Readonly<EndpointSlice>): Destination[] {
  const port = ports?.[0]?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((host) => ({ host, port })));
}

/** Where a Service leads, by its slices; rejects while it leads nowhere. */
export async function destinationOf(namespace: NamespaceDriver, service: string): Promise<Destination> {
  const [destination] = (await namespace.slices(service)).flatMap(destinationsIn);
  return destination ?? assert.fail(`${service} has no ready endpoint`);
}

/** What clients have seen so far. */
export interface Traffic {
  /** Calls that were answered in full. */
  readonly answered: number;
  /** Words that came back over streams that stay open. */
  readonly echoed: number;
  readonly failures: readonly string[];
  /** Waits until calls go on to be answered; rejects when one has failed since the traffic began. */
  nothingLost(within?: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Calls without pause, and keeps streams open over which words go back and forth.
 *
 * @param find gives the destination of each call
 */
export async function startTraffic(
  find: () => Destination | Promise<Destination>,
  { callers, streams }: { readonly callers: number; readonly streams: number },
): Promise<Traffic> {
  const seen = { answered: 0, echoed: 0, failures: [] as string[] };
  let stopped = false;
  const open = await Promise.all(Array.from({ length: streams }, async () => openStream(await find())));
  const repeat = async (work: () => Promise<unknown>, count: 'answered' | 'echoed', ms: number) => {
    while (!stopped) {
      await work().then(
        () => void seen[count]++,
        (error: unknown) => void seen.failures.push((error as Error).message),
      );
      await pause(ms);
    }
  };
  const working = [
    ...Array.from({ length: callers }, () => repeat(async () => call(await find()), 'answered', 10)),
    ...open.map((stream) => repeat(() => stream.echo(), 'echoed', 50)),
  ];
  return {
    get answered() {
      return seen.answered;
    },
    get echoed() {
      return seen.echoed;
    },
    failures: seen.failures,
    async nothingLost(within) {
      const { answered, echoed } = seen;
      await eventually(() => {
        assert.ok(callers === 0 || seen.answered > answered + 10, 'no call is answered');
        assert.ok(streams === 0 || seen.echoed > echoed + 10, 'no stream goes on');
      }, within);
      assert.deepEqual(seen.failures, []);
    },
    async stop() {
      stopped = true;
      await Promise.all(working);
      for (const stream of open) stream.close();
    },
  };
}
