import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering, readTarget } from './answering.js';
import type { Metrics } from './metrics.js';
import { keepRoom } from './room.js';

/** A running health server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What it answers. */
export interface HealthServerOptions {
  /** `host:port`, `:port`, or `[v6]:port`; port 0 takes a free one. */
  readonly address: string;
  /** Problems of this process that a restart may fix; empty: none. */
  readonly live: () => string[];
  /** Reasons why no traffic should come yet; empty: it may. */
  readonly ready: () => string[];
  readonly metrics: Metrics;
}

/**
 * Serves /livez, /readyz (200 `ok`, or 503 with one problem per line) and /metrics (Prometheus text) over plain HTTP.
 *
 * @throws Error when the address is taken or no address
 */
export async function startServer(o: HealthServerOptions): Promise<HealthServer> {
  const { host, port } = parseAddress(o.address);
  const server = createServer(
    answering(
      (request, response) => respond(o, request, response),
      ({ message }) => message,
    ),
  );
  keepRoom(server);
  // a stuck scraper must not keep a connection for ever
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  o: HealthServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path } = readTarget(request.url);
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(response, 405, 'only GET');
  switch (path) {
    case '/livez':
      return problems(response, o.live());
    case '/readyz':
      return problems(response, o.ready());
    case '/metrics': {
      const body = await o.metrics.registry.metrics();
      response.writeHead(200, { 'content-type': o.metrics.registry.contentType }).end(body);
      return;
    }
    default:
      return text(response, 404, 'there are /livez, /readyz and /metrics');
  }
}

function problems(response: ServerResponse, found: readonly string[]): void {
  text(response, found.length === 0 ? 200 : 503, found.length === 0 ? 'ok' : found.join('\n'));
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${body}\n`);
}

function parseAddress(address: string): { host: string | undefined; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(address);
  if (match === null) throw new Error(`address ${address}: expected host:port`);
  return { host: match[1] ?? (match[2] || undefined), port: Number(match[3]) };
}
