import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';

/** A TCP server that stands for a pod behind an ingress gateway. */
export interface Target extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: readonly Socket[];
}

/** Serves every connection with `serve`; half-open is allowed, errors are not looked at. @param at 0: any free port */
export async function startTarget(
  serve: (socket: Socket) => void,
  host = '127.0.0.1',
  at = 0,
): Promise<Target> {
  const accepted: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(at, host, 2_048, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of accepted) socket.destroy();
    },
  };
}

/** Sends everything back, and ends when the client does. */
export function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** A TLS server that greets whoever comes, or does something else, and remembers what it was told. */
export async function startTlsTarget(
  options: TlsOptions,
  greet = (socket: TLSSocket): void => void socket.write('welcome'),
) {
  const heard: Buffer[] = [];
  const server = createTlsServer({ ...options, ca: [] }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => heard.push(data));
    greet(socket);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, heard, [Symbol.asyncDispose]: async () => void server.close() };
}
