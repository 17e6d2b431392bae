import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createAuthority } from '../../fakeapi/tls.js';

/** An admission webhook on loopback that refuses all it is asked. */
export interface RefusingWebhook {
  readonly url: string;
  /** PEM in base64. */
  readonly caBundle: string;
  readonly close: () => void;
}

/** Starts one, which gives these words as its reason. */
export async function startRefusingWebhook(message: string): Promise<RefusingWebhook> {
  const authority = await createAuthority();
  const server = createServer(await authority.server(), (request, response) => {
    void text(request).then((body) => {
      const { uid } = (JSON.parse(body) as { request: { uid: string } }).request;
      const answer = { uid, allowed: false, status: { code: 403, message } };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(review));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/`,
    caBundle: Buffer.from(authority.ca).toString('base64'),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
