import type { AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

/** A TLS server that greets whoever comes, and remembers what it was told. */
export async function startServer(options: TlsOptions) {
  const heard: Buffer[] = [];
  const server = createServer({ ...options, ca: [] }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => heard.push(data));
    socket.write('welcome');
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, heard, [Symbol.asyncDispose]: async () => void server.close() };
}
