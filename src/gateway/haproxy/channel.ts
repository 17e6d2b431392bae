import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { type ChannelCaller, createChannel, type ReportTo } from '../../protocol/channel.js';
import type { CatalogOf } from '../../protocol/catalogstreams.js';
import { uniqueIdOf } from '../proxyheader/parsed.js';
import { takeHeader } from '../proxyheader/take.js';

/** Milliseconds in which HAProxy must name the caller; it does so in its first packet. */
const headerTimeout = 10_000;

/** The agent's end of the peer channel. */
export interface ChannelServer {
  close(): Promise<void>;
}

/** What the channel is made of. */
export interface ChannelOptions {
  readonly report: ReportTo;
  readonly catalog?: CatalogOf | undefined;
  readonly clock: Clock;
  readonly log: Log;
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
  const open = new Set<Socket>();
  const server = createServer({ pauseOnConnect: false }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => {});
    takeHeader(socket, { clock, timeout: headerTimeout }).then(
      (header) => {
        const caller = readCaller(uniqueIdOf(header));
        if (caller) channel.serve(socket, caller);
        else socket.destroy();
      },
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
