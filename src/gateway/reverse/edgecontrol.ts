import { createServer, type TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { createChains, servernameOf } from '../../pki/chain.js';
import { tlsOptions, withIssuer } from '../../pki/context.js';
import type { KeyPair } from '../../pki/keypair.js';
import { identify, type Trust } from '../../pki/verify.js';
import { dialName } from '../../protocol/serviceid.js';
import type { Clock } from '../../runtime/clock.js';

/** What the side that has dialled knows for its handshakes. */
export interface ServingOptions {
  readonly clock: Clock;
  /** Our own cluster's name. */
  readonly cluster: string;
  readonly identity: KeyPair;
  /** Of the peer alone. */
  readonly trust: Trust;
  /** PEM; the peer's CAs. */
  readonly bundle: string;
  /** Milliseconds for the handshake. */
  readonly timeout: number;
}

/** A connection whose other side is the peer. */
export interface Served {
  readonly socket: TLSSocket;
  /** What the other side has shown, DER, leaf first. */
  readonly chain: readonly Buffer[];
}

/**
 * The server side of the handshake over a connection that we have dialled: the other side begins it as the client, as for
 * traffic.
 *
 * @throws when it fails, takes too long or is with somebody else
 */
export async function serveControl(below: Socket, options: ServingOptions): Promise<Served> {
  const { clock, cluster, identity, trust, bundle, timeout } = options;
  const chains = createChains();
  const server = createServer({
    ...tlsOptions(withIssuer(identity), [bundle]),
    ...{ handshakeTimeout: timeout, requestCert: true, rejectUnauthorized: false },
    SNICallback: chains.onServerName,
  });
  const secured = new Promise<TLSSocket>((resolve, reject) => {
    server.once('secureConnection', resolve);
    server.once('tlsClientError', reject);
    below.once('close', () => reject(new Error('the other side has closed it')));
  });
  secured.catch(() => {});
  server.emit('connection', below);
  const cancel = clock.after(timeout, () => void below.destroy());
  try {
    const socket = await secured;
    socket.on('error', () => {});
    const problem = problemOf(socket);
    if (problem === undefined) return { socket, chain: chains.of(socket) };
    throw new Error(problem);
  } catch (error) {
    below.destroy();
    throw error;
  } finally {
    cancel();
  }

  function problemOf(socket: TLSSocket): string | undefined {
    if (!socket.authorized) return `its certificate is refused: ${String(socket.authorizationError)}`;
    if (servernameOf(socket) !== dialName(cluster)) return 'it asks for another server name';
    const found = identify(chains.of(socket), trust, new Date(clock.now()));
    return 'refusal' in found ? `its certificate is not the peer's: ${found.refusal}` : undefined;
  }
}
