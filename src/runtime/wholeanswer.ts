import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { reasonOf } from './deadline.js';
import { TooLargeError } from './errors.js';

/** An answer that has arrived. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as text; of a refusal (from 300 on) only its start. */
  readonly text: string;
}

/** The bounds of an answer, and how the wait for it ends. */
export interface WholeAnswerOptions {
  /** Names the call in errors. */
  readonly what: string;
  /** Bytes that a good answer may have. */
  readonly most: number;
  /** Bytes that are read of a refusal; the rest may be endless. */
  readonly errorBytes: number;
  readonly signal: AbortSignal;
}

/** Pieces of an answer that are held before they are put together. */
const mostPieces = 1_024;

/**
 * Sends a request and collects its answer. A stream for each answer would cost a third of the whole request, and nobody
 * reads these piece by piece.
 *
 * @throws TooLargeError when a good answer has more bytes, undici's errors, or the signal's reason
 */
export function askWhole(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  o: WholeAnswerOptions,
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let [status, bytes] = [0, 0];
    let headers: IncomingHttpHeaders = {};
    const chunks: Uint8Array[] = [];
    let pieces: Uint8Array[] = [];
    /** A hostile server sends single bytes, and each piece takes a hundred beside its own. */
    const keep = (piece: Uint8Array) => {
      if (pieces.push(piece) < mostPieces) return;
      chunks.push(Buffer.concat(pieces));
      pieces = [];
    };
    const settle = (end: () => void) => {
      o.signal.removeEventListener('abort', stop);
      end();
    };
    const stop = () => {
      const reason = reasonOf(o.signal);
      settle(() => reject(reason));
      controller?.abort(reason);
    };
    const answer = () => {
      const text = Buffer.concat([...chunks, ...pieces]).toString('utf8');
      settle(() => resolve({ status, headers, text }));
    };
    if (o.signal.aborted) return reject(reasonOf(o.signal));
    o.signal.addEventListener('abort', stop, { once: true });
    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        if (o.signal.aborted) started.abort(reasonOf(o.signal));
      },
      onResponseStart(_, code, said) {
        [status, headers] = [code, said];
      },
      onResponseData(present, chunk) {
        const room = status < 300 ? o.most : o.errorBytes;
        keep(status < 300 ? chunk : chunk.subarray(0, room - bytes));
        bytes += chunk.length;
        if (bytes <= room) return;
        const problem = new TooLargeError(`${o.what}: the answer has more than ${room} bytes`);
        if (status < 300) settle(() => reject(problem));
        else answer();
        present.abort(problem);
      },
      onResponseEnd: answer,
      onResponseError: (_, error) => settle(() => reject(error)),
    });
  });
}
