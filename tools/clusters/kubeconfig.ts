import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Certificate } from './pki.js';

/** How one client reaches one API server, with a certificate. */
export interface Access {
  /** The cluster's name, which is also that of the context. */
  readonly name: string;
  /** For example `https://192.0.2.1:6443`. */
  readonly server: string;
  /** PEM of the authority that the API server's certificate is from. */
  readonly ca: string;
  readonly client: Certificate;
}

/** The same with a bearer token. */
export type TokenAccess = Omit<Access, 'client'> & { readonly token: string };

/** A kubeconfig that holds everything itself (JSON, which is YAML), so that it can be sent anywhere as it is. */
export function kubeconfigOf({ name, server, ca, ...as }: Access | TokenAccess): string {
  const user =
    'token' in as
      ? { token: as.token }
      : { 'client-certificate-data': base64(as.client.cert), 'client-key-data': base64(as.client.key) };
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    null,
    2,
  );
}

/** Where a kubeconfig (its path) leads: the API server, and the PEM of its authority. */
export async function serverIn(
  kubeconfig: string,
): Promise<{ readonly server: string; readonly ca: string }> {
  const { clusters } = parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  };
  const [{ cluster } = { cluster: undefined }] = clusters;
  if (cluster === undefined) throw new Error(`${kubeconfig} names no cluster`);
  return {
    server: cluster.server,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
