import { connect, type Socket } from 'node:net';
import type { ClusterClient } from '../../driver/namespace.js';
import { placesOf } from '../order/directory.js';

/** A connection to a service of Paris that stays open. */
export interface Stream {
  /** The address that was reached in Paris. */
  readonly reached: string;
  /** Sends a word and waits until it is back; rejects when the stream ends instead. */
  echo(): Promise<void>;
  /** When it ended, on the clock of `performance.now()`. */
  readonly ended: Promise<number>;
  readonly isOpen: boolean;
  close(): void;
}

/** Where a Service of London leads, by its slices; throws while it leads nowhere. */
export async function placeOf(london: ClusterClient, name: string): Promise<{ host: string; port: number }> {
  const service = await london.service(name);
  const [place] = (await london.slices(name)).flatMap((slice) => placesOf(service, slice));
  if (place === undefined) throw new Error(`${name} has no ready endpoint`);
  return { host: place.address, port: place.port };
}

/** Calls a Service of London, and keeps the connection. */
export async function openStream(london: ClusterClient, name: string): Promise<Stream> {
  return streamOf(connect(await placeOf(london, name)));
}

/** A stream of an open or opening connection; rejects when it ends before the backend has said anything. */
export async function streamOf(socket: Socket): Promise<Stream> {
  const ended = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())));
  const over = ended.then(() => Promise.reject(new Error('the stream has ended')));
  over.catch(() => {});
  socket.on('error', () => socket.destroy()).on('end', () => socket.destroy());
  const line = () =>
    Promise.race([
      over,
      new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString().trim()))),
    ]);
  const reached = await line();
  return {
    reached,
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

/** Calls a Service of London again and again, one call after the other, until told to stop. */
export function keepCalling(
  london: ClusterClient,
  name: string,
): { stop(): Promise<{ calls: number; failed: string[] }> } {
  let going = true;
  const done = (async () => {
    const failed: string[] = [];
    let calls = 0;
    while (going) {
      calls++;
      await openStream(london, name).then(
        (stream) => stream.close(),
        (error: Error) => failed.push(error.message),
      );
    }
    return { calls, failed };
  })();
  return {
    stop() {
      going = false;
      return done;
    },
  };
}
