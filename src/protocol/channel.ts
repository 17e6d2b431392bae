import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { answering, readTarget } from '../runtime/answering.js';
import type { Clock } from '../runtime/clock.js';
import type { Log } from '../runtime/log.js';
import { catalogPath } from './catalog.js';
import { type CatalogOf, createCatalogStreams, type StreamBounds } from './catalogstreams.js';
import type { PeerReport } from './report.js';
import type { PeerRole } from '../pki/verify.js';
import { fingerprintOf, maxBundle, readCertificates } from '../pki/bundle.js';

/**
 * The report to the peer of a link. `trusts` are fingerprints of our CAs that the caller says it trusts; none when it
 * does not say. Throws while there is nothing to report.
 */
export type ReportTo = (link: string, trusts: readonly string[]) => PeerReport;

/** Milliseconds of silence after which a caller of the peer channel is cut. */
const idleTimeout = 10_000;

/**
 * Milliseconds that a caller has for its question and for reading the answer; gateways that ask give up sooner. The bounds
 * of node:http for requests hold for servers that listen.
 */
const longest = 30_000;

/** Bytes that are handed on at a time: what a caller does not read is not copied for it. */
const piece = 65_536;

/** The path of the peer channel. */
export const peerPath = '/v1/peer';

/** Who calls: the gateways of a Link's peer, or its operator, which may read the catalog and nothing else. */
export interface ChannelCaller {
  readonly link: string;
  readonly role: PeerRole;
}

/** The peer channel: HTTP inside a connection whose caller is already known. */
export interface Channel {
  /** Takes an accepted connection over. */
  serve(socket: Socket, caller: ChannelCaller): void;
  /** Ends all catalogs that are being told: their readers come again, over new connections. */
  renew(): void;
}

/** What a peer channel is given beside its reports. */
export interface ChannelOptions {
  /** @default there are no catalogs, as in older versions */
  readonly catalog?: CatalogOf | undefined;
  /** @default those of a gateway */
  readonly bounds?: StreamBounds;
  readonly clock: Clock;
  readonly log: Log;
}

/** A connection of which the caller is known. */
interface Accepted extends ChannelCaller {
  /** Ends the bounds in time that a short answer has. */
  readonly release: () => void;
  streams: boolean;
}

/**
 * A peer channel that answers with the `report` for the caller, or with its catalog. Every connection serves one request,
 * because callers use the channel to learn whether a new connection would work.
 */
export function createChannel(report: ReportTo, { catalog, bounds, clock, log }: ChannelOptions): Channel {
  const callers = new WeakMap<object, Accepted>();
  const rendered = new WeakMap<PeerReport, Rendered>();
  const streams = catalog && createCatalogStreams(catalog, clock, bounds);
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    const { socket, method } = request;
    const caller = callers.get(socket);
    // a request behind one whose answer does not end would wait for ever
    if (caller === undefined || caller.streams) return void socket.destroy();
    response.setHeader('connection', 'close');
    const { path } = readTarget(request.url);
    const isCatalog = path === catalogPath && streams !== undefined;
    if (!isCatalog && (request.url !== peerPath || caller.role !== 'gateway'))
      return void response.writeHead(404).end();
    if (method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
    const { link } = caller;
    if (!isCatalog)
      return answer(
        request,
        response,
        render(report(link, readTrusts(request.headers[trustsHeader])), rendered),
      );
    const taken = () => {
      caller.streams = true;
      caller.release();
    };
    streams.answer(request, response, { link, taken });
  };
  const server = createServer(
    { keepAlive: false },
    answering(respond, (error) => {
      log.error('peer channel failed', { error });
      return 'failed';
    }),
  );
  server.setTimeout(idleTimeout);
  return {
    serve(socket, { link, role }) {
      const cancel = clock.after(longest, () => socket.destroy());
      const release = () => {
        cancel();
        socket.setTimeout(0);
      };
      callers.set(socket, { link, role, release, streams: false });
      socket.once('close', cancel);
      server.emit('connection', socket);
    },
    renew: () => streams?.renew(),
  };
}

interface Rendered {
  readonly body: Buffer;
  readonly etag: string;
}

/** A report may name thousands of service IDs, so the text of the same object is kept. */
function render(report: PeerReport, known: WeakMap<PeerReport, Rendered>): Rendered {
  const found = known.get(report);
  if (found) return found;
  const body = Buffer.from(JSON.stringify(report));
  const made = { body, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"` };
  known.set(report, made);
  return made;
}

function answer(request: IncomingMessage, response: ServerResponse, { body, etag }: Rendered): void {
  response.setHeader('etag', etag);
  if (matches(request.headers['if-none-match'], etag)) return void response.writeHead(304).end();
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  // who leaves before the end needs no answer
  pipeline(Readable.from(piecesOf(body)), response, () => {});
}

function* piecesOf(body: Buffer): Iterable<Buffer> {
  for (let at = 0; at < body.length; at += piece) yield body.subarray(at, at + piece);
}

/** If-None-Match (RFC 9110 section 13.1.2): a list of tags, compared weakly, or a star. */
function matches(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/**
 * Request header of the peer channel in which a caller names the CAs of the called cluster that it trusts: SHA-256
 * fingerprints in hex, separated by commas. With it, a cluster that is only called learns that its peers have
 * followed a rotation of its CA. Callers of an older version do not send it.
 */
export const trustsHeader = 'service-mirror-trusts';

/** The header's value for a peer's bundle; empty when that cannot be read. */
export function writeTrusts(caBundle: string): string {
  try {
    return readCertificates(caBundle).map(fingerprintOf).join();
  } catch {
    return '';
  }
}

/** Reads the header; leaves out what is no fingerprint, and more than a bundle can hold. */
export function readTrusts(value: string | readonly string[] | undefined): readonly string[] {
  const texts = typeof value === 'string' ? value.split(',') : (value ?? []);
  const prints = texts.map((text) => text.trim().toLowerCase()).filter((text) => /^[0-9a-f]{64}$/.test(text));
  return [...new Set(prints)].slice(0, maxBundle);
}
