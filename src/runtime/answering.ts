import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * Makes the request listener of a server. When a handler throws, the answer is 500: an error thrown out of a listener
 * would end the process, and a stranger's request target may be the cause.
 *
 * @param explain receives the error, and returns the text for the client
 */
export function answering(handle: Handler, explain: (error: Error) => string): RequestListener {
  return (request, response) => {
    const fail = (thrown: unknown) => {
      const text = explain(thrown instanceof Error ? thrown : new Error(String(thrown)));
      // half an answer must not look like a whole one
      if (response.headersSent) return void response.destroy();
      response.writeHead(500, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`);
    };
    try {
      void Promise.resolve(handle(request, response)).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** Path and query of any request target: `new URL` throws on some (`//`). */
export function readTarget(target = ''): { readonly path: string; readonly query: URLSearchParams } {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  return { path, query: new URLSearchParams(at < 0 ? '' : target.slice(at + 1)) };
}
