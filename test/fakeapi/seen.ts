import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Fields } from './json.js';

/** A request as it came in. */
export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly watch: boolean;
  readonly contentType: string;
  readonly authorization: string;
  /** Common name of the client certificate, if one was shown. */
  readonly certificate?: string;
  readonly body?: Fields;
  /** Tells connections apart. */
  readonly connection: number;
}

const connections = new WeakMap<object, number>();
let count = 0;

/** Reads a request to its end. */
export async function read(request: IncomingMessage): Promise<Seen> {
  const url = request.url ?? '/';
  const { pathname, searchParams } = new URL(url, 'http://fake');
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString('utf8');
  const certificate = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
  const connection = connections.get(request.socket) ?? ++count;
  connections.set(request.socket, connection);
  return {
    method: request.method ?? 'GET',
    url,
    path: pathname,
    query: searchParams,
    watch: searchParams.get('watch') === 'true',
    contentType: request.headers['content-type'] ?? '',
    authorization: request.headers.authorization ?? '',
    connection,
    ...(typeof certificate === 'string' && { certificate }),
    ...(text !== '' && { body: JSON.parse(text) as Fields }),
  };
}
