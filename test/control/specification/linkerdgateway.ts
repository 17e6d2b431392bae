import { once } from 'node:events';
import { createServer } from 'node:http';

/** Stands for a gateway of Linkerd: it answers the probe, and nothing else. */
export interface LinkerdGateway {
  /** It answers that it is ready, or that it is not. */
  isReady(ready: boolean): void;
  close(): void;
}

/** The port at which Linkerd's gateways are probed. */
const probePort = 4191;

/** Listens at an address; it is ready. */
export async function startLinkerdGateway(host: string): Promise<LinkerdGateway> {
  let ready = true;
  const server = createServer((_request, response) => {
    response.writeHead(ready ? 200 : 503).end();
  });
  server.listen(probePort, host);
  await once(server, 'listening');
  return {
    isReady: (is) => (ready = is),
    close: () => void server.close(),
  };
}
