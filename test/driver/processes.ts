import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf, type Program } from '../../tools/clusters/program.js';
import type { ClusterDriver } from './cluster.js';

/** An operator of a cluster as a process that stories may end and start again; it does not run yet. */
export function operatorOf(
  cluster: ClusterDriver,
  { health, flags = [] }: { readonly health: string; readonly flags?: readonly string[] },
): Promise<Program> {
  return processOf(cluster, {
    ...{ name: `${cluster.name}-operator`, account: 'service-mirror-operator', health },
    args: ['operator', `--cluster-name=${cluster.name}`, '--no-leader-election', ...flags],
  });
}

/** How a gateway is run. */
export interface GatewayProcess {
  readonly role: 'egress' | 'ingress';
  readonly implementation: string;
  /** Where it takes traffic. */
  readonly address: string;
}

/** A gateway of a cluster as such a process, which leaves and drains within seconds. */
export function gatewayOf(
  cluster: ClusterDriver,
  { role, implementation, address }: GatewayProcess,
): Promise<Program> {
  return processOf(cluster, {
    ...{ name: `${role}-${address}`, account: `service-mirror-${role}`, health: `${address}:9990` },
    args: [
      ...['gateway', `--role=${role}`, `--implementation=${implementation}`, `--address=${address}`],
      ...['--leave-timeout=5s', '--drain-timeout=1s'],
    ],
  });
}

async function processOf(
  cluster: ClusterDriver,
  {
    name,
    account,
    health,
    args,
  }: {
    readonly name: string;
    readonly account: string;
    readonly health: string;
    readonly args: readonly string[];
  },
): Promise<Program> {
  const kubeconfig = join(tmpdir(), `${name}.kubeconfig`);
  await writeFile(kubeconfig, await cluster.access(account), { mode: 0o600 });
  const log = join(tmpdir(), `${name}.log`);
  return programOf({ name, health, log, args: [...args, `--kubeconfig=${kubeconfig}`] });
}
