import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinary, sourceOf } from '../../../tools/clusters/binaries.js';
import { toStderr } from '../../../tools/clusters/progress.js';
import { spawnTied } from '../../../tools/clusters/tied.js';
import type { ClusterDriver } from '../../driver/cluster.js';

/** cert-manager, running. */
export interface CertManager {
  /** The end of its log. */
  log(): Promise<string>;
}

const crds = ['certificates', 'certificaterequests', 'issuers', 'clusterissuers'];

/** The files with cert-manager's CRDs, as its release has them; builds the program, too, for {@link startCertManager}. */
export async function prepareCertManager(): Promise<readonly string[]> {
  await ensureBinary('certmanager', toStderr);
  const release = await sourceOf('github.com/cert-manager/cert-manager', { of: 'certmanager' });
  return crds.map((name) => join(release, `deploy/crds/cert-manager.io_${name}.yaml`));
}

/**
 * Installs cert-manager, with the CRDs of these files, and starts its controllers as a process, which dies with this
 * one. Its webhook, which checks what users write, is not there.
 */
export async function startCertManager(
  { kubeconfig, kubectl }: ClusterDriver,
  files: readonly string[],
): Promise<CertManager> {
  const these = files.flatMap((file) => ['-f', file]);
  // too large for the annotation of a client-side apply
  await kubectl('apply', '--server-side', ...these);
  await kubectl('wait', '--for=condition=Established', ...these);
  await kubectl('create', 'namespace', 'cert-manager');
  const program = await ensureBinary('certmanager', toStderr);
  const dir = await mkdtemp(join(tmpdir(), 'service-mirror-certmanager-'));
  const log = join(dir, 'log');
  spawnTied([program, `-kubeconfig=${kubeconfig}`], log);
  return { log: async () => (await readFile(log, 'utf8')).split('\n').slice(-20).join('\n') };
}
