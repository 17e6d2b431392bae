import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';

/** A whole answer. */
export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * The start of the answer to one GET over HTTPS, whose body is a stream; rejects with the error of the connection, or when
 * the signal aborts. After that the stream ends with what goes wrong.
 */
export function open(options: RequestOptions, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // after an upgrade without a request for it, there is neither an answer nor an error
    const unanswered = () => reject(new Error('the connection was closed without an answer'));
    const outgoing = request({ ...options, signal }, (response) => {
      outgoing.off('close', unanswered);
      // who reads it learns of an error all the same
      response.on('error', () => {});
      resolve(response);
    });
    outgoing.on('error', reject).on('close', unanswered).end();
  });
}

/**
 * One GET over HTTPS with its whole body; rejects with the error of the connection, or when the signal aborts.
 *
 * @param largest most bytes that are taken; more is an error
 */
export function get(options: RequestOptions, largest: number, signal: AbortSignal): Promise<Got> {
  return new Promise((resolve, reject) => {
    open(options, signal).then((response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > largest) response.destroy(new Error(`the answer is larger than ${largest} bytes`));
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text: Buffer.concat(chunks).toString() });
      });
    }, reject);
  });
}
