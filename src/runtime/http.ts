import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { Pool } from 'undici';
import type { Clock } from './clock.js';
import type { ConnectionConfig, ConnectionCredentials } from './connection.js';
import { readStart } from './answer.js';
import { createCredentials } from './credentials.js';
import { DeadlineExceeded } from './deadline.js';
import type { Limits } from './limits.js';
import { createPlaces } from './places.js';
import { askWhole } from './wholeanswer.js';

/** One HTTP request to the API server; the path holds the query. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Reads the body of a good answer while it arrives. @default reads it as text */
  readonly read?: (body: AsyncIterable<Uint8Array>) => Promise<unknown>;
}

/** A whole answer, whatever its status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body; of a refusal only its start; empty when the call read the body itself. */
  readonly text: string;
  /** The result of `read`. */
  readonly value?: unknown;
}

/** An answer whose body is still arriving. */
export interface Stream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** Connections to one API server: HTTP/1.1, kept alive, with credentials that follow their rotation. */
export interface HttpTransport {
  /** Sends the request and reads the whole answer. Throws undici's errors, or the signal's reason. */
  call(call: Call, signal: AbortSignal): Promise<HttpResponse>;
  /** Opens a stream, which has its connection for itself until it ends. */
  stream(path: string, signal: AbortSignal): Promise<Stream>;
  /** Breaks everything off. */
  close(): Promise<void>;
}

/** The connections with one set of credentials. */
interface Connections {
  readonly material: string;
  readonly pool: Pool;
}

/** Calls under way at most: more than all kinds of writes have, so that no kind waits for another. */
const mostCalls = 64;

/** Limits for networks that drop packets without an error; milliseconds. */
const limits = { connect: 5_000, headers: 15_000, body: 20_000, idle: 20_000, keepAlive: 30_000 } as const;

/** Makes the transport; nothing is connected before the first call. */
export function createTransport(
  config: ConnectionConfig,
  o: { clock: Clock; limits: Limits },
): HttpTransport {
  const url = new URL(config.server);
  const prefix = url.pathname.replace(/\/$/, '');
  const credentials = createCredentials(config, o.clock);
  const open = new Set<Pool>();
  const inPlace = createPlaces(mostCalls);
  let current: Connections | undefined;
  let closed = false;

  const connect = (held: ConnectionCredentials): Pool => {
    const made = new Pool(url.origin, {
      // calls are bounded below; the connection of a list that is over serves the watch that follows
      connections: null,
      pipelining: 1,
      allowH2: false,
      headersTimeout: limits.headers,
      bodyTimeout: limits.body,
      keepAliveTimeout: limits.idle,
      keepAliveMaxTimeout: limits.idle,
      connect: {
        // one for all: each connection would read the certificates again, and keep them
        secureContext: createSecureContext({ ca: held.ca, cert: held.cert, key: held.key }),
        ...(config.serverName !== undefined && { servername: config.serverName }),
        rejectUnauthorized: config.verified,
        timeout: limits.connect,
        keepAlive: true,
        keepAliveInitialDelay: limits.keepAlive,
      },
    });
    open.add(made);
    return made;
  };

  /** Lets running calls end, and accepts no new ones. */
  const retire = (old: Connections | undefined) => {
    if (old === undefined) return;
    const forget = () => void open.delete(old.pool);
    void old.pool.close().then(forget, forget);
  };

  const connectionsFor = (held: ConnectionCredentials): Connections => {
    if (closed) throw new Error('the connection is closed');
    const material = JSON.stringify([held.ca, held.cert, held.key]);
    if (current?.material !== material) {
      // credentials that cannot be read leave the old connections in use
      const pool = connect(held);
      retire(current);
      current = { material, pool };
    }
    return current;
  };

  /** When one connection is silent, the others on the same path may be dead, too: none of them is used again. */
  const suspect = (used: Connections, signal: AbortSignal, error?: unknown) => {
    if (current !== used || !isSilence(error, signal)) return;
    retire(used);
    current = undefined;
  };

  const withCredentials = async <R extends { status: number; body?: Readable }>(
    attempt: (held: ConnectionCredentials) => Promise<R>,
  ): Promise<R> => {
    const held = await credentials.current();
    const answer = await attempt(held);
    if (answer.status !== 401 || !(await credentials.renew(held))) return answer;
    // its body may be endless
    answer.body?.on('error', () => undefined).destroy();
    return attempt(await credentials.current());
  };

  const ask = (call: Call, signal: AbortSignal): Promise<HttpResponse> =>
    withCredentials(async (held) => {
      const used = connectionsFor(held);
      const { body, contentType = 'application/json', method, path, read } = call;
      const what = `${method} ${path.split('?')[0]}`;
      const headers = {
        ...held.headers,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': contentType }),
      };
      const request = { method, path: prefix + path, headers, body: body ?? null };
      const { errorBytes, objectBytes: most } = o.limits;
      try {
        if (read === undefined) return await askWhole(used.pool, request, { what, most, errorBytes, signal });
        const answer = await used.pool.request({ ...request, signal });
        const { statusCode: status, headers: said, body: coming } = answer;
        // leaving a body early is reported on the body itself, where nobody else listens
        coming.on('error', () => undefined);
        if (status >= 300) return { status, headers: said, text: await readStart(coming, errorBytes) };
        return { status, headers: said, text: '', value: await read(coming) };
      } catch (error) {
        suspect(used, signal, error);
        throw error;
      }
    });

  return {
    call: (call, signal) => inPlace(() => ask(call, signal), signal),

    stream: (path, signal) =>
      withCredentials(async (held) => {
        const used = connectionsFor(held);
        const headers = { ...held.headers, accept: 'application/json' };
        const request = { method: 'GET', path: prefix + path, headers, signal, bodyTimeout: 0 } as const;
        const brokenOff = () => suspect(used, signal);
        signal.addEventListener('abort', brokenOff, { once: true });
        const over = () => signal.removeEventListener('abort', brokenOff);
        try {
          const { statusCode, headers: said, body } = await used.pool.request(request);
          body.once('close', over);
          return { status: statusCode, headers: said, body };
        } catch (error) {
          over();
          suspect(used, signal, error);
          throw error;
        }
      }),

    async close() {
      closed = true;
      await Promise.all([...open].map((each) => each.destroy()));
      open.clear();
    },
  };
}

function isSilence(error: unknown, signal: AbortSignal): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return (
    code === 'UND_ERR_HEADERS_TIMEOUT' ||
    code === 'UND_ERR_BODY_TIMEOUT' ||
    signal.reason instanceof DeadlineExceeded
  );
}
