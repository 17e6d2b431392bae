import type { DetailedPeerCertificate, SecureContext, TLSSocket } from 'node:tls';

/**
 * The certificates of a TLS peer as DER, leaf first, out of node:tls. Do not rely on their order or signatures: the
 * list may contain certificates that TLS did not use.
 */
export function chainOf(leaf: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  let next: DetailedPeerCertificate | undefined = leaf;
  // A root names itself as its issuer.
  while (next?.raw && !seen.has(next)) {
    seen.add(next);
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}

/** The chains that the clients of a TLS server have shown. */
export interface Chains {
  /** For the server's option `SNICallback`; it changes nothing of the handshake. */
  readonly onServerName: (
    this: TLSSocket,
    name: string,
    done: (error: Error | null, context?: SecureContext) => void,
  ) => void;
  /** The chain of a client, DER, leaf first. It may lack the intermediate CAs of a client that sent no server name. */
  of(socket: TLSSocket): readonly Buffer[];
}

/**
 * Reads chains as early as possible. At the end of a handshake some releases of Node drop the first CA above the leaf
 * before the connection is reported (nodejs/node issue 65579; 24.21 has it). The server name is the last event before
 * that in which a server has its sockets.
 */
export function createChains(): Chains {
  const shown = new WeakMap<TLSSocket, readonly Buffer[]>();
  // A stranger has written the chain, and a listener that throws would end the process; without a chain nobody is
  // admitted.
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

/** The server name that a TLS client has sent, as it has sent it; undefined: none. */
export function servernameOf(socket: TLSSocket): string | undefined {
  // node:tls has it, and its types do not
  return (socket as { servername?: string | false }).servername || undefined;
}
