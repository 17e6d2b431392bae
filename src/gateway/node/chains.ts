import type { SecureContext, TLSSocket } from 'node:tls';
import { chainOf } from '../../pki/chain.js';

/** The chains that the clients of a TLS server have shown. */
export interface Chains {
  /** For the server's option `SNICallback`; it changes nothing of the handshake. */
  readonly onServerName: (
    this: TLSSocket,
    name: string,
    done: (error: Error | null, context?: SecureContext) => void,
  ) => void;
  /** What a client has shown, DER, leaf first. The intermediate CAs of one that asked for no server name may be missing. */
  of(socket: TLSSocket): readonly Buffer[];
}

/**
 * Reads chains as soon as they are known. At the end of a handshake some releases of Node drop the first CA above the leaf
 * before anybody hears of the connection (nodejs/node issue 65579; 24.21 has it), and the server name is the last moment
 * before that at which a server gives its sockets away.
 */
export function createChains(): Chains {
  const shown = new WeakMap<TLSSocket, readonly Buffer[]>();
  // A stranger has written it, and a listener that throws would end the process; nobody is admitted without a chain.
  const read = (socket: TLSSocket) => {
    try {
      return chainOf(socket.getPeerCertificate(true));
    } catch {
      return [];
    }
  };
  return {
    onServerName(_name, done) {
      this.prependOnceListener('secure', () => shown.set(this, read(this)));
      done(null);
    },
    of: (socket) => shown.get(socket) ?? read(socket),
  };
}
