import type { Server, Socket } from 'node:net';

/** The other end of a connection: that of a TLS socket is the one of the socket below. */
export type Ends = Pick<Socket, 'remoteAddress' | 'remotePort'>;

/** Connections that a server of ours holds at a time; those who may ask need a few. */
export const mostHeld = 64;

/**
 * Bounds the connections of a server to which anybody may connect, the ones whose handshake has not ended among them. Where
 * there would be more, the address that holds the most loses its oldest: to turn the newcomer away would shut out those who
 * may ask, and each connection takes a file and memory of the whole process.
 *
 * @returns a function that counts a connection no more, since it is known whose it is, and that has a bound of its own
 */
export function keepRoom(server: Server, most = mostHeld): (known: Ends) => void {
  // both in the order of coming
  const byAddress = new Map<string, Set<Socket>>();
  let count = 0;

  function leave(address: string, socket: Socket): void {
    const held = byAddress.get(address);
    if (held?.delete(socket) !== true) return;
    count--;
    if (held.size === 0) byAddress.delete(address);
  }

  server.on('connection', (socket: Socket) => {
    const { remoteAddress: address = '' } = socket;
    byAddress.set(address, (byAddress.get(address) ?? new Set()).add(socket));
    socket.once('close', () => leave(address, socket));
    if (++count <= most) return;
    const [first, ...others] = byAddress;
    const [greediest, held] = others.reduce((a, b) => (b[1].size > a[1].size ? b : a), first!);
    const [oldest] = held;
    leave(greediest, oldest!);
    oldest!.destroy();
  });

  return ({ remoteAddress: address = '', remotePort }) => {
    const found = [...(byAddress.get(address) ?? [])].find((socket) => socket.remotePort === remotePort);
    if (found !== undefined) leave(address, found);
  };
}
