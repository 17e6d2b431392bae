import { catalogPath, decodeLine, largestLine, type CatalogLine } from '../../protocol/catalog.js';
import { peerRequest, type PeerQuestion } from '../../protocol/peerrequest.js';
import { noAnswerWithin, ProbeTimeoutError, WrongAnswerError } from '../../net/probe/failure.js';
import { open } from '../../net/get.js';
import type { Clock } from '../../runtime/clock.js';
import { startDeadline } from '../../runtime/deadline.js';
import { TooLargeError } from '../../runtime/errors.js';
import type { Pace, Rate } from '../../runtime/pace.js';
import { lines } from '../../runtime/watch.js';

/** What is known of a catalog: all that belongs to this version. */
export interface Position {
  readonly epoch: string;
  readonly version: number;
}

/** One catalog to read at one address. */
export interface CatalogQuestion extends PeerQuestion {
  readonly since: Position | undefined;
  /** Milliseconds until the answer must have begun. */
  readonly timeout: number;
}

/** The first line of a catalog. */
export type Head = Extract<CatalogLine, { kind: 'head' }>;

/** The answer to a {@link CatalogQuestion} that has begun. */
export interface CatalogStream {
  readonly head: Head;
  /** The lines after the first; the number is the length of the line. Throws when the stream ends in any way. */
  readonly lines: AsyncIterable<readonly [CatalogLine, number]>;
  /** Ends the connection. */
  close(): void;
}

/** The peer's gateway is of a version that has no catalog. */
export class NoCatalogError extends WrongAnswerError {}

/** The stream has ended, as every stream does some time. */
export class CatalogEndedError extends Error {
  override readonly name = 'CatalogEndedError';
}

/**
 * How fast the catalog of one Link is read, in bytes: the largest one at full speed, also on a machine that is so busy that
 * each line takes ten times as long, and then 4 MiB/s, which are 128 changes a second, or a twentieth of a processor.
 */
export const catalogRate: Rate = { burst: 1 << 30, everyMs: 1_000 / (4 << 20) };

/** Milliseconds of silence after which a stream is given up: three heartbeats of the sender. */
export const longestSilence = 15_000;

/** Starts reading. The signal ends the stream, too. */
export async function openCatalog(
  question: CatalogQuestion,
  { clock, pace }: { clock: Clock; pace: Pace },
  signal: AbortSignal,
): Promise<CatalogStream> {
  const { since, timeout } = question;
  const opening = startDeadline(clock, timeout, signal, noAnswerWithin(timeout));
  const own = new AbortController();
  const stop = () => own.abort(opening.signal.reason);
  opening.signal.addEventListener('abort', stop, { once: true });
  const close = () => {
    opening.done();
    own.abort();
    signal.removeEventListener('abort', close);
  };
  try {
    const body = await open(peerRequest(question, pathOf(since)), own.signal);
    const { statusCode: status = 0 } = body;
    if (status !== 200) throw refusal(status);
    const texts = lines(body, largestLine)[Symbol.asyncIterator]();
    const head = headIn(await nextOf(texts));
    if (!head.whole && head.epoch !== since?.epoch)
      throw new WrongAnswerError('the catalog tells of changes since a version that we do not have');
    opening.done();
    signal.addEventListener('abort', close, { once: true });
    const abort = (error: Error) => body.destroy(error);
    return { head, lines: decoded({ texts, clock, pace, abort, signal: own.signal }), close };
  } catch (error) {
    const cause: unknown = own.signal.aborted ? opening.signal.reason : error;
    close();
    throw cause;
  }
}

function pathOf(since: Position | undefined): string {
  if (since === undefined) return catalogPath;
  const query = new URLSearchParams({ epoch: since.epoch, since: String(since.version) });
  return `${catalogPath}?${query.toString()}`;
}

/** Reads the first line. @throws WrongAnswerError */
export function headIn(line: string): Head {
  const head = decodeLine(line);
  if (head?.kind !== 'head') throw new WrongAnswerError('the catalog does not begin with its head');
  return head;
}

/** Why a gateway does not tell its catalog, by the status of its answer. */
export function refusal(status: number): WrongAnswerError {
  switch (status) {
    case 404:
      return new NoCatalogError('the gateway there has no catalog');
    case 429:
      return new WrongAnswerError('the gateway there already serves as many catalogs as it may');
    case 503:
      return new WrongAnswerError('the gateway there does not know yet what it exports');
    default:
      return new WrongAnswerError(`the peer channel answered status ${status} when asked for its catalog`);
  }
}

async function nextOf(texts: AsyncIterator<string>): Promise<string> {
  const next = await texts.next().catch((error: unknown) => {
    // people read it beside the address, and cannot select less of a line
    throw error instanceof TooLargeError ? new WrongAnswerError(`the catalog: ${error.message}`) : error;
  });
  if (next.done === true) throw new CatalogEndedError('the catalog has ended');
  return next.value;
}

/** A line counts as so many bytes at least: what follows from a change costs more than reading it. */
const leastCost = 32 << 10;

/** Bytes that are counted for each millisecond in which a line is worked on. */
const costOfMs = 100 << 10;

/**
 * Reads line by line, no faster than the pace allows: then the connection fills, and its sender waits. A line of a kind that
 * is not known is left out.
 */
async function* decoded(o: {
  readonly texts: AsyncIterator<string>;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly abort: (error: Error) => void;
  readonly signal: AbortSignal;
}): AsyncGenerator<readonly [CatalogLine, number]> {
  const { texts, clock, pace, abort, signal } = o;
  for (;;) {
    const wait = pace.wait('');
    if (wait > 0) await clock.sleep(wait, signal);
    const cancel = clock.after(longestSilence, () =>
      abort(new ProbeTimeoutError(`has been silent for ${longestSilence / 1_000} s`)),
    );
    let text: string;
    try {
      text = await nextOf(texts);
    } finally {
      cancel();
    }
    const started = clock.monotonic();
    const line = decodeLine(text);
    if (line !== undefined) yield [line, text.length];
    pace.spend('', Math.max(leastCost, text.length, (clock.monotonic() - started) * costOfMs));
  }
}
