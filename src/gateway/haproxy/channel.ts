import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { type ChannelCaller, createChannel, type ReportTo } from '../../protocol/channel.js';
import type { CatalogOf } from '../../protocol/catalogstreams.js';
import { createInvitationChannel, type Inviter } from '../../protocol/invitationchannel.js';
import { type Header, uniqueIdOf } from '../proxyheader/parsed.js';
import { takeHeader } from '../proxyheader/take.js';
import { sourceOf } from '../source.js';

/** Milliseconds in which HAProxy must name the caller; it does so in its first packet. */
const headerTimeout = 10_000;

/** The agent's end of connections that HAProxy forwards. */
export interface ForwardedServer {
  close(): Promise<void>;
}

/** What the channel is made of. */
export interface ChannelOptions {
  readonly report: ReportTo;
  readonly catalog?: CatalogOf | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** The agent's end of the peer channel. */
export interface ChannelServer extends ForwardedServer {
  /** Ends all catalogs that are being told, in good order. */
  renew(): void;
}

/**
 * Answers the callers that HAProxy forwards: each connection begins with a header that names the link of the shown
 * certificate. Only HAProxy and we can open the folder of the socket.
 */
export async function serveChannel(
  path: string,
  { report, catalog, clock, log }: ChannelOptions,
): Promise<ChannelServer> {
  const channel = createChannel(report, { catalog, clock, log });
  const server = await serveTold(path, clock, (socket, header) => {
    const caller = readCaller(uniqueIdOf(header));
    if (caller) channel.serve(socket, caller);
    else socket.destroy();
  });
  return { ...server, renew: () => channel.renew() };
}

/** The agent's end of the connections of strangers. */
export interface StrangersServer extends ForwardedServer {
  /** When the last stranger came (monotonic ms); undefined: none has come. */
  lastCame(): number | undefined;
}

/** Answers the strangers that HAProxy forwards under the server name of invitations. */
export async function serveStrangers(
  path: string,
  { inviter, clock, log }: Pick<ChannelOptions, 'clock' | 'log'> & { readonly inviter: Inviter },
): Promise<StrangersServer> {
  const channel = createInvitationChannel(inviter, { clock, log });
  let lastCame: number | undefined;
  const server = await serveTold(path, clock, (socket, { source }) => {
    lastCame = clock.monotonic();
    const ip = source?.ip ?? '';
    channel.serve(socket, { ip, source: sourceOf(ip) });
  });
  return { ...server, lastCame: () => lastCame };
}

/** Takes connections that begin with HAProxy's header. */
async function serveTold(
  path: string,
  clock: Clock,
  take: (socket: Socket, header: Header) => void,
): Promise<ForwardedServer> {
  const open = new Set<Socket>();
  const server = createServer({ pauseOnConnect: false }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => {});
    takeHeader(socket, { clock, timeout: headerTimeout }).then(
      (header) => take(socket, header),
      () => void socket.destroy(),
    );
  });
  await listening(server, path);
  return {
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** What HAProxy writes of a caller: the Link, and the role unless it is a gateway. */
function readCaller(text = ''): ChannelCaller | undefined {
  const [link = '', role = 'gateway', ...more] = text.split('|');
  if (link === '' || (role !== 'gateway' && role !== 'operator') || more.length > 0) return undefined;
  return { link, role };
}

async function listening(server: Server, path: string): Promise<void> {
  // of a process before us
  await rm(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
}
