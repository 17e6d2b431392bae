import type { Certificate } from './pki.js';

/** How one client reaches one API server. */
export interface Access {
  /** The cluster's name, which is also that of the context. */
  readonly name: string;
  /** For example `https://192.0.2.1:6443`. */
  readonly server: string;
  /** PEM of the authority that the API server's certificate is from. */
  readonly ca: string;
  readonly client: Certificate;
}

/** A kubeconfig that holds everything itself (JSON, which is YAML), so that it can be sent anywhere as it is. */
export function kubeconfigOf({ name, server, ca, client }: Access): string {
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
      users: [
        {
          name,
          user: { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    null,
    2,
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
