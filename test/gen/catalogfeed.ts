import type { CatalogLine, CatalogService } from '../../src/protocol/catalog.js';
import {
  CatalogEndedError,
  type CatalogQuestion,
  type CatalogStream,
  type Head,
  type openCatalog,
} from '../../src/controllers/link/catalogstream.js';
import { aListed } from './catalog.js';

/** A service of namespace shop, as a catalog lists it. */
export function listed(name: string, more: Partial<CatalogService> = {}): CatalogService {
  return aListed(name, { namespace: 'shop', uid: `uid-${name}`, ...more });
}

/** A head of the catalog of cluster paris. */
export function aHead(more: Partial<Head> = {}): Head {
  const head = { kind: 'head', cluster: 'paris', uid: 'uid-paris', epoch: 'one', whole: true } as const;
  return { ...head, caBundle: '', ...more };
}

/** Lines that a test sends one by one. */
export interface FedStream {
  readonly question: CatalogQuestion;
  readonly isClosed: boolean;
  send(...lines: readonly CatalogLine[]): void;
  /** @default it ends in order */
  end(error?: Error): void;
}

/** Gateways of a peer that answer what a test says. */
export interface CatalogFeed {
  readonly open: typeof openCatalog;
  /** Streams that were opened, the last one last. */
  readonly streams: readonly FedStream[];
  /** What the next questions are answered with: a head, or an error. */
  answer(next: (question: CatalogQuestion) => Head | Error): void;
}

/** Makes a feed that answers with whole catalogs until it is told otherwise. */
export function catalogFeed(): CatalogFeed {
  const streams: FedStream[] = [];
  let answers: (question: CatalogQuestion) => Head | Error = () => aHead();
  return {
    streams,
    answer: (next) => (answers = next),
    open: (question, _options, signal) => {
      const head = answers(question);
      if (head instanceof Error) return Promise.reject(head);
      return Promise.resolve(start(head, question, signal));
    },
  };

  function start(head: Head, question: CatalogQuestion, signal: AbortSignal): CatalogStream {
    const waiting: (CatalogLine | Error)[] = [];
    let wake = Promise.withResolvers<void>();
    let isClosed = false;
    const add = (...more: readonly (CatalogLine | Error)[]) => {
      waiting.push(...more);
      wake.resolve();
      wake = Promise.withResolvers();
    };
    const close = () => {
      isClosed = true;
      add(new Error('aborted'));
    };
    signal.addEventListener('abort', close, { once: true });
    async function* read(): AsyncGenerator<readonly [CatalogLine, number]> {
      for (;;) {
        const { promise } = wake;
        const next = waiting.shift();
        if (next instanceof Error) throw next;
        if (next === undefined) await promise;
        else yield [next, 100];
      }
    }
    streams.push({
      question,
      get isClosed() {
        return isClosed;
      },
      send: add,
      end: (error = new CatalogEndedError('the catalog has ended')) => add(error),
    });
    return { head, lines: read(), close };
  }
}
