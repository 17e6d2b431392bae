import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { Peer } from '../../src/protocol/peer.js';
import { type Job, link } from './job.js';
import { addresses, ports } from './network.js';
import type { PathName } from './options.js';
import { type Lab, type Path, routed } from './path.js';
import type { Tree } from './usage.js';

const script = fileURLToPath(new URL('gateway.js', import.meta.url));

/** Both hops as this project ships them. @param at which addresses are the path's own */
export async function ours(lab: Lab, name: 'haproxy' | 'aws-lc' | 'node', at: number): Promise<Path> {
  const { london, paris, plan } = lab;
  const [egress, ingress] = [addresses.egress(at), addresses.ingress(at)];
  const implementation = name === 'node' ? name : 'haproxy';
  const common = { implementation, mirrors: plan.mirrors } as const;
  return {
    name,
    target: routed(egress, plan),
    gateways: {
      ingress: await started(lab, name, {
        ...{ ...common, role: 'ingress', cluster: 'paris', host: ingress, identity: paris.ingress },
        peer: peerOf('london', london.authority),
      }),
      egress: await started(lab, name, {
        ...{ ...common, role: 'egress', cluster: 'london', host: egress, identity: london.egress },
        peer: peerOf('paris', paris.authority, ingress),
      }),
    },
  };
}

/** The other cluster's, with the address at which it is called, if it is. */
function peerOf(cluster: string, { ca }: KeyPair, host?: string): Peer {
  return {
    ...{ link, cluster, caBundle: ca },
    addresses: host === undefined ? [] : [{ host, port: ports.ingress }],
    probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
  };
}

async function started(lab: Lab, name: PathName, job: Omit<Job, 'own'>): Promise<Tree> {
  const { implementation, role } = job;
  const at = join(lab.folder, `${name}-${role}`);
  const beside = implementation === 'haproxy';
  const { haproxy, awsLc = '' } = lab.programs;
  const program = name === 'aws-lc' ? awsLc : haproxy;
  const own = beside ? { haproxy: program, 'haproxy-directory': at } : {};
  await writeFile(`${at}.json`, JSON.stringify({ ...job, own } satisfies Job), { mode: 0o600 });
  const side = role === 'egress' ? 'client' : 'server';
  const gateway = lab.start({ side, cpus: lab.cpus.gateways }, [process.execPath, script, `${at}.json`]);
  await gateway.line();
  return { root: gateway.pid, agent: beside };
}
