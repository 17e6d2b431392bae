import { request } from 'node:https';
import type { Access } from './kubeconfig.js';

/** The API server answered, but not with 2xx. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The least that starting a cluster takes, without kubectl's half second per call. */
export interface Api {
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

/** Talks to an API server over a new connection per request: it may have been restarted since the last one. */
export function apiOf({ server, ca, client }: Omit<Access, 'name'>): Api {
  const send = (method: string, path: string, body?: object) =>
    new Promise<unknown>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const options = {
        method,
        ca,
        cert: client.cert,
        key: client.key,
        headers,
        agent: false,
        timeout: 10_000,
      };
      const sent = request(new URL(path, server), options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status >= 300) reject(new ApiError(status, `${method} ${path}: ${status} ${text}`));
          else resolve(response.headers['content-type']?.includes('json') ? JSON.parse(text) : text);
        });
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within 10 s`)));
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
  return { get: (path) => send('GET', path), post: (path, body) => send('POST', path, body) };
}
