import type { AddressInfo } from 'node:net';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';

/** A TLS server that greets whoever comes, or does something else, and remembers what it was told. */
export async function startServer(
  options: TlsOptions,
  greet = (socket: TLSSocket): void => void socket.write('welcome'),
) {
  const heard: Buffer[] = [];
  const server = createServer({ ...options, ca: [] }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => heard.push(data));
    greet(socket);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, heard, [Symbol.asyncDispose]: async () => void server.close() };
}
