import { createServer, type AddressInfo, type Socket } from 'node:net';
import { type SecureContextOptions, type TLSSocket, createServer as createTlsServer } from 'node:tls';
import type { Refusal } from '../events.js';
import type { Caps } from '../caps.js';
import type { Clock } from '../../runtime/clock.js';
import { sourceOf } from '../source.js';
import { takeHeader } from '../proxyheader/take.js';
import { socketOptions } from '../tcp/connect.js';
import { createChains, servernameOf } from '../../pki/chain.js';
import { createHandshakes } from '../tcp/handshakes.js';
import { listening } from '../tcp/listening.js';
import { plainEnd, tlsEnd } from '../tcp/splice.js';

/** Accepts connections and does the TLS handshake. */
export interface Acceptor {
  /** New handshakes use these certificates; those under way end as they began. @throws when they cannot be read */
  use(options: SecureContextOptions): void;
  /** @throws an error that names the port */
  listen(port: number, host: string | undefined): Promise<void>;
  /** The port that is listened on; 0 before. */
  port(): number;
  /** Stops listening; connections live on. */
  stop(): void;
  /** Destroys every connection, also those that are still in their handshake. */
  destroyAll(): void;
}

/** The receiver of connections. */
export interface AcceptorHandlers {
  /**
   * A handshake is done, and the client's chain (DER, leaf first) stands under a trusted CA, unless it asks for a name that
   * is for strangers. `below` is the TCP socket, if
   * still open.
   */
  readonly secured: (socket: TLSSocket, below: Socket | undefined, chain: readonly Buffer[]) => void;
  /** A handshake failed, or no CA trusts the certificate; the socket is gone. */
  readonly failed: (reason: Refusal, error?: Error) => void;
}

/** The options of an acceptor. */
export interface AcceptorOptions {
  readonly clock: Clock;
  /** Milliseconds, for a PROXY header and for the handshake each. */
  readonly handshakeTimeout: number;
  readonly caps: Pick<Caps, 'connections' | 'handshakes'>;
  /** Whether connections from an IP begin with a PROXY protocol header. @default none do */
  readonly isProxy?: (ip: string) => boolean;
  /** Whether a client of that server name needs no certificate. @default never */
  readonly isForStrangers?: (servername: string) => boolean;
}

/** The part of its time that a handshake has even if others wait for its place. */
const hasty = 1 / 5;

/** An acceptor that demands client certificates. */
export function createAcceptor(
  { clock, handshakeTimeout, caps, isProxy = () => false, isForStrangers = () => false }: AcceptorOptions,
  { secured, failed }: AcceptorHandlers,
): Acceptor {
  // Before the caller is known, its address is the only criterion.
  const handshakes = createHandshakes(clock, caps.handshakes, hasty * handshakeTimeout);
  const ended = new WeakMap<Socket, () => void>();
  // TLS runs over sockets that we accept ourselves, since only those can be reset. node:tls does not tell which of them
  // is below a TLS socket; their addresses do.
  const open = new Map<string, Socket>();
  // An unauthorized client is reset below: node:tls would end the connection in an orderly way.
  const chains = createChains();
  const tls = createTlsServer({
    handshakeTimeout,
    requestCert: true,
    rejectUnauthorized: false,
    SNICallback: chains.onServerName,
  });
  // Half-open only when the handshake is done: a client that leaves before that is gone.
  const tcp = createServer({ ...socketOptions, allowHalfOpen: false }, (socket) => {
    socket.on('error', () => {});
    const end = handshakes.begin(sourceOf(socket.remoteAddress ?? ''), () => void socket.destroy());
    if (end === undefined) {
      plainEnd(socket).reset();
      return failed('TooManyHandshakes');
    }
    ended.set(socket, end);
    const key = keyOf(socket);
    open.set(key, socket);
    socket.once('close', () => {
      end();
      if (open.get(key) === socket) open.delete(key);
    });
    if (!isProxy(socket.remoteAddress ?? '')) return void tls.emit('connection', socket);
    // nothing of it is kept, because the certificate identifies the caller
    takeHeader(socket, { clock, timeout: handshakeTimeout }).then(
      () => void tls.emit('connection', socket),
      (error: Error) => {
        socket.destroy();
        failed('Proxy', error);
      },
    );
  });
  tcp.maxConnections = caps.connections;
  tcp.on('drop', () => failed('TooMany'));
  tls.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    const below = socket.remotePort === undefined ? undefined : open.get(keyOf(socket));
    if (below) ended.get(below)?.();
    socket.allowHalfOpen = true;
    if (socket.authorized || isForStrangers(servernameOf(socket) ?? ''))
      return secured(socket, below, chains.of(socket));
    tlsEnd(socket, below).reset();
    failed(verifyRefusal(socket));
  });
  tls.on('tlsClientError', (error, socket) => {
    // node:tls reports a handshake that took too long, but does not end it.
    socket.destroy();
    failed(refusalOf(error), error);
  });

  return {
    use: (options) => tls.setSecureContext(options),
    listen: (port, host) => listening(tcp, port, host),
    port: () => (tcp.address() as AddressInfo | null)?.port ?? 0,
    stop: () => void tcp.close(),
    destroyAll: () => {
      for (const socket of open.values()) socket.destroy();
    },
  };
}

function keyOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}

const byCode: Readonly<Record<string, Refusal>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'Protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'Protocol',
  ERR_SSL_HTTP_REQUEST: 'Protocol',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'Timeout',
  ECONNRESET: 'Aborted',
  EPIPE: 'Aborted',
};

/** The reason of a failed handshake on the accepting side. */
export function refusalOf(error: Error): Refusal {
  return byCode['code' in error ? String(error.code) : ''] ?? 'Handshake';
}

/** The reason why the chain of a client stands under no trusted CA. */
export function verifyRefusal(socket: TLSSocket): Refusal {
  if (socket.getPeerX509Certificate() === undefined) return 'NoCertificate';
  // Declared as an Error, but in truth the code of OpenSSL's verification.
  const code = String(socket.authorizationError);
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID' ? 'Expired' : 'Untrusted';
}
