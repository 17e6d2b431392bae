import type { IncomingMessage, ServerResponse } from 'node:http';
import { readTarget } from '../runtime/answering.js';
import type { Clock } from '../runtime/clock.js';
import { createPace } from '../runtime/pace.js';
import { createTally } from '../runtime/tally.js';
import { catalogHeartbeat, encodeLine } from './catalog.js';
import type { CatalogLog } from './cataloglog.js';

/** The catalog of that Link; undefined while it is not known. */
export type CatalogOf = (link: string) => CatalogLog | undefined;

/** Most streams at once: of one Link, and in all. */
export interface StreamBounds {
  readonly perLink: number;
  readonly all: number;
}

/** The bounds of a gateway: a peer has one or two operators, and a few gateways that may ask, too. */
export const streamBounds: StreamBounds = { perLink: 8, all: 256 };

/** Milliseconds after which a stream ends, so that the caller's certificate is checked again. */
const longest = 3_600_000;

/** Milliseconds in which a caller must have read what was sent. */
const patience = 30_000;

/** Bytes that are handed on at a time. What a caller does not read is not copied for it. */
const piece = 65_536;

/**
 * How often streams of one Link may begin: a whole catalog of 10,000 services takes 10 ms of this process, and nearly three
 * megabytes of HAProxy's work.
 */
const rate = { burst: 32, everyMs: 1_000 };

/** Seconds after which a caller may come again: when there are too many, and when nothing is known yet. */
const comeAgain = { tooMany: 5, unknown: 1 };

/** What a caller knows already. */
export interface Since {
  readonly epoch: string;
  readonly version: number;
}

/** Reads the query of a request for a catalog; undefined: it is wrong. Names that are not known are ignored. */
export function readSince(query: URLSearchParams): Since | 'nothing' | undefined {
  const [epochs, versions] = [query.getAll('epoch'), query.getAll('since')];
  if (epochs.length === 0 && versions.length === 0) return 'nothing';
  const [[epoch = ''], [since = '']] = [epochs, versions];
  if (epochs.length !== 1 || versions.length !== 1) return undefined;
  if (!/^[!-~]{1,64}$/.test(epoch) || !/^(0|[1-9]\d{0,15})$/.test(since)) return undefined;
  const version = Number(since);
  return Number.isSafeInteger(version) ? { epoch, version } : undefined;
}

/** Answers requests for catalogs with streams of lines. */
export interface CatalogStreams {
  /**
   * @param taken is called when the answer is a stream, which has bounds of its own
   */
  answer(request: IncomingMessage, response: ServerResponse, o: { link: string; taken: () => void }): void;
  /** Ends all streams in good order; their callers come again, over new connections. */
  renew(): void;
  /** Streams under way. */
  readonly size: number;
}

/** Makes streams. Each holds a version, and one piece of text that its caller has not read yet. */
export function createCatalogStreams(
  catalogOf: CatalogOf,
  clock: Clock,
  bounds: StreamBounds = streamBounds,
): CatalogStreams {
  const places = createTally(bounds.perLink);
  /** Of each stream what ends it. */
  const endings = new Set<() => void>();
  const pace = createPace(rate, clock);

  function refused(response: ServerResponse, status: number, retryAfter?: number): void {
    const again = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    response.writeHead(status, { 'content-length': 0, ...again }).end();
  }

  return {
    answer(request, response, { link, taken }) {
      const since = readSince(readTarget(request.url).query);
      const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
      // a body that nobody reads would hide the end of the connection
      if (since === undefined || length !== '0' || encoding !== undefined) return refused(response, 400);
      const catalog = catalogOf(link);
      if (catalog === undefined) return refused(response, 503, comeAgain.unknown);
      const free = endings.size < bounds.all ? places.take(link) : undefined;
      if (free === undefined) return refused(response, 429, comeAgain.tooMany);
      const early = pace.wait(link);
      if (early > 0) {
        free();
        return refused(response, 429, Math.ceil(early / 1_000));
      }
      pace.spend(link);
      taken();
      const end = stream({ catalog, since, request, response, clock, leave });
      endings.add(end);
      function leave(): void {
        free?.();
        endings.delete(end);
      }
    },
    renew() {
      for (const end of [...endings]) end();
    },
    get size() {
      return endings.size;
    },
  };
}

interface StreamOptions {
  readonly catalog: CatalogLog;
  readonly since: Since | 'nothing';
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly leave: () => void;
}

/** Starts a stream; the returned function ends it in good order. */
function stream({ catalog, since, request, response, clock, leave }: StreamOptions): () => void {
  const { socket } = request;
  const known = since !== 'nothing' && since.epoch === catalog.epoch && catalog.knows(since.version);
  /** What the reader knows without having been told of each change: nothing was there, or it knows all up to there. */
  const base = known ? since.version : catalog.version;
  let version = known ? since.version : 0;
  /** The last version that was told as complete. */
  let told: number | undefined;
  let isFull = false;
  let isOver = false;
  let cancelPatience = () => {};
  let cancelHeartbeat = () => {};

  function send(text: string): void {
    if (response.write(text)) return;
    isFull = true;
    cancelPatience = clock.after(patience, () => socket.destroy());
  }

  function pump(): void {
    if (isOver) return;
    while (!isFull && version < catalog.version) {
      // changes were forgotten before this reader was told of them
      if (!catalog.knows(Math.max(version, base))) return over();
      const next = catalog.read(version, { most: piece, ...(!known && { whole: base }) });
      version = next.version;
      if (next.lines !== '') send(next.lines);
    }
    if (!isFull && told !== version) tell();
  }

  function tell(): void {
    told = version;
    cancelHeartbeat();
    cancelHeartbeat = clock.after(catalogHeartbeat, () => {
      if (!isFull) tell();
    });
    send(encodeLine({ kind: 'at', version }));
  }

  /** An orderly end: the caller may come again at once. */
  function over(): void {
    if (isOver) return;
    stop();
    response.end();
    cancelPatience = clock.after(patience, () => socket.destroy());
  }

  function stop(): void {
    isOver = true;
    stopListening();
    cancelLife();
    cancelPatience();
    cancelHeartbeat();
  }

  const stopListening = catalog.listen({ changed: pump, ended: over });
  const cancelLife = clock.after(longest, over);
  response.on('drain', () => {
    isFull = false;
    cancelPatience();
    // a heartbeat may have been left out
    told = undefined;
    pump();
  });
  // its place is free only then, also after an orderly end that nobody reads
  socket.once('close', () => {
    stop();
    leave();
  });
  // a reader has no reason to end its direction; node:http would end ours
  socket.once('end', () => socket.destroy());
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const { epoch, head } = catalog;
  send(encodeLine({ kind: 'head', ...head, epoch, whole: !known }));
  pump();
  return over;
}
