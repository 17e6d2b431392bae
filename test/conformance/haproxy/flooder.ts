import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';

/** What a flooder is asked to do. */
export interface Flood {
  readonly port: number;
  /** Address it comes from. */
  readonly from: string;
  /** How many connections it opens, whatever becomes of them. */
  readonly attempts: number;
  /** Absent: it says nothing. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly servername: string };
}

/** How many connections are open now, and how many were at most. */
export interface Flooded {
  readonly held: number;
  readonly most: number;
}

const atOnce = 100;

/** Opens connections until that many were tried, keeps those that stay open, and tells how many there are. */
async function flood({ port, from: localAddress, attempts, tls }: Flood): Promise<Flooded> {
  const to = { port, host: '127.0.0.1', localAddress };
  const secure = tls && { secureContext: createSecureContext(tls), servername: tls.servername };
  const open = (): Socket =>
    secure ? connectTls({ ...to, ...secure, rejectUnauthorized: false }) : connectTcp(to);
  const kept = new Set<Socket>();
  let most = 0;
  async function one(): Promise<void> {
    const socket = open();
    kept.add(socket);
    most = Math.max(most, kept.size);
    socket.on('error', () => {}).resume();
    await new Promise<void>((resolve) => {
      socket.once(tls ? 'secureConnect' : 'connect', () => resolve());
      socket.once('close', () => {
        kept.delete(socket);
        resolve();
      });
    });
  }
  let tried = 0;
  const turns = Array.from({ length: atOnce }, async () => {
    while (tried++ < attempts) await one();
  });
  await Promise.all(turns);
  return { held: kept.size, most };
}

// A process of its own, so that those who are served do not wait for its handshakes; it ends when it is let go.
process.once('message', (message) => {
  void flood(message as Flood).then((flooded) => process.send?.(flooded));
});
process.once('disconnect', () => process.exit(0));
