import { createServer } from 'node:net';

const taken = new Set<number>();

/** A port of a loopback address below the ephemeral range that nobody listens on; the same is not given twice in one process. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (taken.has(port) || !(await canListen(port, host))) continue;
    taken.add(port);
    return port;
  }
  throw new Error('no free port between 10000 and 29999');
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
