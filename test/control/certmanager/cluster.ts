import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../tools/clusters/paths.js';
import type { Implementation } from '../../../src/gateway/model.js';
import { startServing, type ServingDriver } from '../../driver/gateways.js';
import { startCertManager, type CertManager } from './controller.js';

/** A cluster whose certificates cert-manager keeps. */
export interface CertifiedCluster extends ServingDriver {
  readonly certManager: CertManager;
}

/** Starts one, with the operator as a process of its own and cert-manager's CRDs out of these files; nothing is issued yet. */
export async function startCertified(
  name: string,
  { host, implementation, crds }: { host: string; implementation: Implementation; crds: readonly string[] },
): Promise<CertifiedCluster> {
  const flags = [`--cluster-name=${name}`, `--egress-address=${host}`, '--certificates=external'];
  const cluster = await startServing(name, {
    ...{ host, implementation },
    startOperator: async (started) => {
      const operator = await started.startOperator('--no-leader-election', ...flags);
      return () => operator.stop();
    },
  });
  return { ...cluster, certManager: await startCertManager(cluster, crds) };
}

/** Applies a file of examples/cert-manager as it stands, but for the name of the cluster and what else is to be replaced. */
export async function appliesExample(
  { kubectl, name }: CertifiedCluster,
  file: string,
  replaced: Readonly<Record<string, string>> = {},
): Promise<void> {
  let text = await readFile(join(root, 'examples/cert-manager', file), 'utf8');
  for (const [from, to] of Object.entries({ ...replaced, london: name })) text = text.replaceAll(from, to);
  await kubectl.apply(text);
}
