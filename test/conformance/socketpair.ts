import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';

/** Two ends of one TCP connection over loopback, both of which allow half-open. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const near = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [far] = (await accepted) as [Socket];
  await once(near, 'ready');
  server.close();
  for (const socket of [near, far]) socket.on('error', () => {});
  return [near, far];
}

/** Moments after the end of a stream was asked for: before, while and after the system is told of it. */
export const moments: Readonly<Record<string, () => Promise<unknown>>> = {
  'at the moment that': async () => {},
  'a tick after': () => new Promise<void>((resolve) => process.nextTick(resolve)),
  'a turn after': () => immediate(),
};
