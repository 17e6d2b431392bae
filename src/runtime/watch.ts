import type { KubeObject } from '../api/objects.js';
import { errorOf, errorOfStatus, parseJson } from './answer.js';
import { readStart } from './body.js';
import type { Clock } from './clock.js';
import { DeadlineExceeded } from './deadline.js';
import { TooLargeError } from './errors.js';
import { networkError } from './exchange.js';
import type { Limits } from './limits.js';
import { metered } from './metered.js';
import { lines } from './lines.js';
import type { Pace } from './pace.js';
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
