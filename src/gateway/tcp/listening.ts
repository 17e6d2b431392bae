import type { Server } from 'node:net';
import { unlistenable } from '../outcome.js';

/**
 * Resolves when the server listens.
 *
 * @throws an error that names the port, with the system's error as its cause.
 */
export function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? undefined : cause.message;
      reject(new Error(unlistenable(port, why), { cause }));
    };
    server.once('error', fail);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', fail);
      // running out of file descriptors in accept() must not end the process
      server.on('error', () => {});
      resolve();
    });
  });
}
