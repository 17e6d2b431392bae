import { createServer } from 'node:net';

/** The one port of every service in Paris. */
export const servicePort = 80;

/** Listens on every address of the sealed network; tells which one was called, and then sends back what it is sent. */
export async function startBackend(): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${(socket.localAddress ?? '').replace('::ffff:', '')}\n`);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) =>
    server.listen({ port: servicePort, host: '0.0.0.0', backlog: 1_024 }, resolve),
  );
}
