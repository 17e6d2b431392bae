import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownNamespace } from './objects.js';
import type { BareAccess } from './bareclient.js';

/** The account that the kubelet would give a pod. */
export interface PodAccount {
  readonly folder: string;
  /** `https://host:port` */
  readonly server: string;
}

/** Writes the files of an account. */
export async function writeAccount(folder: string, access: BareAccess): Promise<PodAccount> {
  await mkdir(folder);
  const files = { token: access.token, 'ca.crt': access.ca, namespace: ownNamespace };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  return { folder, server: access.server };
}

/** The same command, in a mount namespace in which the account is where a pod has it; needs root. */
export function asPod({ folder, server }: PodAccount, command: readonly string[]): string[] {
  const { hostname, port } = new URL(server);
  const place = '/var/run/secrets/kubernetes.io';
  const script = [
    'mount -t tmpfs none /var/run',
    `mkdir -p ${place}`,
    `cp -r "$0" ${place}/serviceaccount`,
    'exec "$@"',
  ].join(' && ');
  const environment = [`KUBERNETES_SERVICE_HOST=${hostname}`, `KUBERNETES_SERVICE_PORT=${port}`];
  return ['unshare', '--mount', 'sh', '-c', script, folder, 'env', ...environment, ...command];
}
