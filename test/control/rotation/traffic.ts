import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What clients have seen so far. */
export interface Traffic {
  /** Connections that were answered in full. */
  readonly answered: number;
  /** Words that came back over streams that stay open. */
  readonly echoed: number;
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** A server that says everything back. */
export async function startEcho(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

/** One word over a connection of its own. */
export async function ask(host: string, port: number, word = 'hello'): Promise<string> {
  const socket = connect({ host, port });
  try {
    return await say(socket, word);
  } finally {
    socket.destroy();
  }
}

/** Dials without pause, and keeps streams open over which words go back and forth. */
export async function startTraffic(host: string, port: number): Promise<Traffic> {
  const state = { answered: 0, echoed: 0, failures: [] as string[] };
  let stopped = false;
  const streams = await Promise.all(
    Array.from({ length: 4 }, async () => {
      // a stream may be cut between two words; the next one finds it so
      const socket = connect({ host, port }).on('error', () => {});
      await say(socket, 'first');
      return socket;
    }),
  );
  const repeat = async (work: () => Promise<void>, pause: number) => {
    while (!stopped) {
      await work().catch((error: unknown) => void state.failures.push((error as Error).message));
      await wait(pause);
    }
  };
  const dialing = Array.from({ length: 4 }, () =>
    repeat(async () => {
      await ask(host, port);
      state.answered++;
    }, 10),
  );
  const talking = streams.map((socket) =>
    repeat(async () => {
      await say(socket, 'again');
      state.echoed++;
    }, 50),
  );
  return {
    get answered() {
      return state.answered;
    },
    get echoed() {
      return state.echoed;
    },
    failures: state.failures,
    async stop() {
      stopped = true;
      await Promise.all([...dialing, ...talking]);
      for (const socket of streams) socket.destroy();
    },
  };
}

function say(socket: Socket, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const end = (error?: Error) => {
      socket.off('data', take).off('error', end).off('close', closed);
      if (error) reject(error);
      else resolve(heard);
    };
    const closed = () => end(new Error(`closed after ${heard.length} bytes`));
    const take = (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.length >= word.length) end();
    };
    socket.on('data', take).once('error', end).once('close', closed);
    if (socket.destroyed) return end(new Error('the stream was cut'));
    socket.write(word);
  });
}
