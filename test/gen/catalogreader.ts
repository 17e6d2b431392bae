import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type CatalogLine, decodeLine } from '../../src/protocol/catalog.js';
import { eventually } from '../driver/eventually.js';

/** What has come of a catalog over a socket. */
export interface CatalogReader {
  readonly socket: Socket;
  /** The status of the answer. */
  status(): string | undefined;
  lines(): readonly (CatalogLine | undefined)[];
  /** Lines in short: `whole` or `changes`, names of services, `-namespace/name` of what is gone, `@version`. */
  words(): readonly string[];
  /** Waits until that is all that has come. */
  tells(...expected: readonly string[]): Promise<void>;
  /** Whether the answer has ended in order. */
  isWhole(): boolean;
}

/** Asks for a catalog, and reads it without a library: chunks (RFC 9112 section 7.1) as they come. */
export function readCatalog(socket: Socket, query = ''): CatalogReader {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  socket.write(`GET /v1/services${query} HTTP/1.1\r\nHost: gateway\r\n\r\n`);
  const body = () => {
    const chunks: string[] = [];
    let at = text.indexOf('\r\n\r\n') + 4;
    for (;;) {
      const end = text.indexOf('\r\n', at);
      const size = end < 0 ? NaN : parseInt(text.slice(at, end), 16);
      if (!(size > 0)) return { all: Buffer.from(chunks.join(''), 'latin1').toString(), isWhole: size === 0 };
      chunks.push(text.slice(end + 2, end + 2 + size));
      at = end + 2 + size + 2;
    }
  };
  const lines = () => body().all.split('\n').slice(0, -1).map(decodeLine);
  const words = () =>
    lines().map((line) => {
      switch (line?.kind) {
        case 'head':
          return line.whole ? 'whole' : 'changes';
        case 'service':
          return line.service.name;
        case 'gone':
          return `-${line.key}`;
        default:
          return `@${line?.version}`;
      }
    });
  return {
    ...{ socket, lines, words },
    status: () => text.split(' ')[1],
    tells: (...expected) => eventually(() => assert.deepEqual(words(), expected)),
    isWhole: () => text !== '' && body().isWhole,
  };
}
