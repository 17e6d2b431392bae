import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, NetworkError } from './errors.js';

interface Status {
  message?: unknown;
  reason?: unknown;
  code?: unknown;
}

/** Reads an answer that should be JSON. @throws NetworkError when it is not, as when it was cut off */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // not as the cause: the parser's message quotes the text, and the text may be a Secret
    throw new NetworkError(`${what}: the answer is not JSON (${text.length} characters)`, {
      code: 'ERR_NOT_JSON',
    });
  }
}

/** Messages and reasons of servers are cut when they are read, because they go into conditions and logs. */
const maxMessage = 1024;
const maxReason = 64;

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Makes the error of an answer with a failure status; a proxy's answer may be a page of text and no Status. */
export function errorOf(
  answer: { status: number; headers: IncomingHttpHeaders; text: string },
  o: { what: string; now: number },
): ApiError {
  const status = statusOf(answer.text);
  const said =
    typeof status.message === 'string' ? cut(status.message, maxMessage) : answer.text.slice(0, 200);
  return new ApiError(`${o.what}: ${said === '' ? `HTTP ${answer.status}` : said}`, {
    status: answer.status,
    reason: reasonOf(status),
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], o.now),
  });
}

/** Makes the error of a Status in a watch's ERROR event. */
export function errorOfStatus(object: unknown, what: string): ApiError {
  const status = (object ?? {}) as Status;
  const said = typeof status.message === 'string' ? cut(status.message, maxMessage) : 'the watch failed';
  return new ApiError(`${what}: ${said}`, {
    status: typeof status.code === 'number' ? status.code : 500,
    reason: reasonOf(status),
  });
}

function reasonOf({ reason }: Status): string | undefined {
  return typeof reason === 'string' ? cut(reason, maxReason) : undefined;
}

/** Longest wait (ms) that a server may ask for: a longer one may be an error, or an attempt to stop us. */
const longestWait = 60_000;

/** Reads a Retry-After header: seconds or a date (RFC 9110, 10.2.3). @returns milliseconds, at most a minute */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(longestWait, Math.max(0, wait));
}

function statusOf(text: string): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** Reads the start of a body and leaves the rest, which may be endless. */
export async function readStart(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, most - bytes));
    bytes += chunk.length;
    if (bytes >= most) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
