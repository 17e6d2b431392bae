import type { KubeObject } from '../api/objects.js';
import { errorOf, errorOfStatus, parseJson, readStart } from './answer.js';
import type { Clock } from './clock.js';
import { DeadlineExceeded } from './deadline.js';
import { TooLargeError } from './errors.js';
import { networkError } from './exchange.js';
import type { Limits } from './limits.js';
import { metered, type Pace } from './pace.js';
import type { HttpTransport } from './http.js';

/** An event of a watch; a bookmark only moves the resource version. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject };

/**
 * Reads one watch until the server ends it (then it returns) or the signal aborts (then it returns, too).
 *
 * @param o.openMs how long the server may take to accept the watch
 * @param o.onOpen called once the server has accepted the watch, which on a quiet resource is long before an event
 * @throws ApiError when the server refuses or sends an ERROR event; NetworkError when the connection breaks or lies;
 *   TooLargeError when an event is larger than is taken
 */
export async function* readWatch<T extends KubeObject>(
  transport: HttpTransport,
  o: {
    path: string;
    clock: Clock;
    openMs: number;
    limits: Limits;
    /** The pace of reading from this server. */
    pace?: Pace | undefined;
    onOpen?: ((code: string) => void) | undefined;
  },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const what = `WATCH ${o.path.split('?')[0]}`;
  if (signal.aborted) return;
  const own = new AbortController();
  const stop = () => own.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const cancel = o.clock.after(o.openMs, () =>
    own.abort(new DeadlineExceeded(`not accepted within ${o.openMs} ms`)),
  );
  try {
    const { status, headers, body } = await transport.stream(o.path, own.signal);
    // leaving a stream early is reported on the stream itself, where nobody else listens
    body.on('error', () => undefined);
    try {
      o.onOpen?.(String(status));
      if (status >= 300)
        throw errorOf(
          { status, headers, text: await readStart(body, o.limits.errorBytes) },
          { what, now: o.clock.now() },
        );
      cancel();
      for await (const line of lines(paced(body, o, own.signal), o.limits.objectBytes)) {
        const event = parseJson(line, what) as { type: string; object: T };
        if (event.type === 'ERROR') throw errorOfStatus(event.object, what);
        yield event as WatchEvent<T>;
        if (signal.aborted) return;
      }
    } finally {
      body.destroy();
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof TooLargeError) throw new TooLargeError(`${what}: ${error.message}`);
    if (isOurs(error)) throw error;
    throw networkError(own.signal.aborted ? own.signal.reason : error, what);
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ApiError' || error.name === 'NetworkError');
}

/** Reads no faster than the pace allows, which slows the connection and its sender down. */
async function* paced(
  body: AsyncIterable<Uint8Array>,
  { clock, pace }: { clock: Clock; pace?: Pace | undefined },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of metered(body, { clock, pace })) {
    const wait = pace?.wait('') ?? 0;
    if (wait > 0) await clock.sleep(wait, signal);
    yield chunk;
  }
}

const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines. It cuts bytes and decodes only whole lines, so a character in two chunks stays
 * whole. Text after the last newline is a line of its own.
 *
 * @throws TooLargeError when a line has more than `most` bytes, and whatever the stream throws
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const take = (last: Uint8Array): string => {
    const line = pending.length === 0 ? Buffer.from(last) : Buffer.concat([...pending, last]);
    pending = [];
    pendingBytes = 0;
    return line.toString('utf8');
  };
  const bound = (bytes: number) => {
    if (bytes > most) throw new TooLargeError(`a line has more than ${most} bytes`);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      bound(pendingBytes + end - start);
      const line = take(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      bound(pendingBytes);
    }
  }
  if (pendingBytes > 0) yield take(new Uint8Array());
}
