import { isDeepStrictEqual } from 'node:util';
import { type CatalogHead, maxCatalogServices } from '../../protocol/catalog.js';
import { type CatalogLog, createCatalogLog, type WrittenCatalog } from '../../protocol/cataloglog.js';
import type { ResolvedPeer } from '../../protocol/identity.js';
import type { Log } from '../../runtime/log.js';
import { createFirstLines, type FirstLines } from './firstlines.js';

/** The lines of a service by Link; a Link that may have nothing of it has none. */
export type LinesByLink = ReadonlyMap<string, string>;

/** A service by its key: its lines, and when it was made. */
export type Listed = readonly [key: string, lines: LinesByLink, created: string];

/** The catalogs of the peers that have asked for theirs. */
export interface PeerCatalogs {
  /** The catalog of a Link, once it is filled. */
  of(link: string): CatalogLog | undefined;
  /** Begins the catalog of a Link's peer; false: it is there already, or there is no such peer. */
  open(link: string): boolean;
  /** All that there is has been written: what was begun is complete now. */
  fill(): void;
  /** Takes services by their keys, each for all Links. */
  write(changes: readonly Listed[]): void;
  /** Takes who we are and the peers in force. Streams end of peers that are gone, or others, or have other CAs. */
  setPeers(head: CatalogHead | undefined, peers: readonly ResolvedPeer[]): void;
  /** Whether a peer is told of that service. */
  has(key: string): boolean;
  /** Catalogs that were begun. */
  readonly size: number;
}

interface PeerCatalog {
  readonly log: WrittenCatalog;
  /** All that the peer may be told of. */
  readonly lines: FirstLines;
  isFilled: boolean;
}

/** Makes it. @param most services of one catalog */
export function createPeerCatalogs(log: Log, most = maxCatalogServices): PeerCatalogs {
  const catalogs = new Map<string, PeerCatalog>();
  let peers: ReadonlyMap<string, ResolvedPeer> = new Map();
  let head: CatalogHead | undefined;

  function writeTo(link: string, { log: written, lines }: PeerCatalog, changes: readonly Listed[]): void {
    const wasOver = lines.isOver;
    written.write(changes.flatMap(([key, all, created]) => lines.put(key, all.get(link), created)));
    if (lines.isOver && !wasOver)
      log.warn('a peer may reach more services than a catalog may have, and is told of the oldest', {
        link,
        most,
      });
  }

  return {
    of(link) {
      const catalog = catalogs.get(link);
      return catalog?.isFilled === true ? catalog.log : undefined;
    },
    open(link) {
      if (catalogs.has(link) || !peers.has(link) || head === undefined) return false;
      catalogs.set(link, { log: createCatalogLog(head), lines: createFirstLines(most), isFilled: false });
      return true;
    },
    fill() {
      for (const catalog of catalogs.values()) catalog.isFilled = true;
    },
    write(changes) {
      if (changes.length > 0) for (const [link, catalog] of catalogs) writeTo(link, catalog, changes);
    },
    setPeers(now, others) {
      const before = peers;
      peers = new Map(others.map((peer) => [peer.link, peer]));
      for (const [link, catalog] of catalogs) {
        const [one, other] = [before.get(link), peers.get(link)];
        const isSame = one?.cluster === other?.cluster && one?.linkUid === other?.linkUid;
        if (other === undefined || !isSame) catalogs.delete(link);
        // a caller's certificate stood under the CAs before
        if (!isSame || one?.caBundle !== other?.caBundle) catalog.log.end();
        else if (now !== undefined && !isDeepStrictEqual(now, head)) catalog.log.setHead(now);
      }
      head = now;
    },
    has: (key) => [...catalogs.values()].some(({ lines }) => lines.has(key)),
    get size() {
      return catalogs.size;
    },
  };
}
