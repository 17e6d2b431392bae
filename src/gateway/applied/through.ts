import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { throughLink } from '../../protocol/through.js';
import type { Log } from '../../runtime/log.js';
import type { End } from '../tcp/splice.js';

/** Joins a connection to the ingress gateway of a link's peer; rejects when that cannot be reached. */
export type Through = (link: string, near: End) => Promise<void>;

/** How the operator's connections to peers that dial in are carried. */
export interface ThroughOptions {
  readonly through: Through;
  /** Whether our own operator asks. */
  readonly isOperator: (request: IncomingMessage) => boolean;
  /** Called with a connection that is carried, which only {@link most} bounds from then on. @default nobody is told */
  readonly onCarried?: (socket: Socket) => void;
  readonly log: Log;
}

/** Most connections of the operator at once; it needs one for each Link. */
const most = 256;

/**
 * Answers `CONNECT` (RFC 9110 section 9.3.6) of the operator, which reads the catalogs of peers that only an egress gateway
 * reaches. The peer has to be told whose certificate asks, so the operator does the handshake itself, inside.
 */
export function tunnelling({
  through,
  isOperator,
  onCarried = () => {},
  log,
}: ThroughOptions): (request: IncomingMessage, socket: Socket, head: Buffer) => void {
  let open = 0;
  return (request, socket, head) => {
    socket.on('error', () => {});
    const link = throughLink(request.url);
    if (!isOperator(request)) return refuse(socket, '403 Forbidden');
    if (link === undefined) return refuse(socket, '404 Not Found');
    if (open >= most) return refuse(socket, '503 Service Unavailable');
    open++;
    onCarried(socket);
    socket.once('close', () => open--);
    if (head.length > 0) socket.unshift(head);
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    through(link, { stream: socket, reset: () => void socket.destroy() }).catch((error: unknown) => {
      log.debug('the operator did not reach a peer', { link, error });
    });
  };
}

function refuse(socket: Socket, status: string): void {
  // node:http has let go of it, and whoever is refused may never end its side
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => void socket.destroy());
}
