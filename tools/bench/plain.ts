import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addresses, ports, type Side } from './network.js';
import { type Lab, type Path, routed } from './path.js';
import { readCpus } from './proc.js';
import type { Tree } from './usage.js';

/** Two hops of HAProxy that only pass bytes on: what the hops cost without TLS and without rules. */
export async function plain(lab: Lab, at: number): Promise<Path> {
  const target = routed(addresses.egress(at), lab.plan);
  const threads = readCpus(lab.cpus.gateways).length;
  const ingress = `${addresses.ingress(at)}:${ports.ingress}`;
  const range = `${target.host}:${target.first}-${target.last}`;
  return {
    name: 'plain',
    target,
    gateways: {
      ingress: await started(
        lab,
        'server',
        plainConfig(threads, ingress, `${addresses.backend}:${ports.backend}`),
      ),
      egress: await started(lab, 'client', plainConfig(threads, range, ingress)),
    },
  };
}

async function started({ start, cpus, programs, folder }: Lab, side: Side, config: string): Promise<Tree> {
  const file = join(folder, `plain-${side}.cfg`);
  await writeFile(file, config);
  const { pid } = start({ side, cpus: cpus.gateways }, [programs.haproxy, '-W', '-f', file]);
  return { root: pid, agent: false };
}

/** Takes connections on an address with a port or range of ports, and leads them all to another. */
function plainConfig(threads: number, from: string, to: string): string {
  return `global
  nbthread ${threads}
  fd-hard-limit 40000
defaults
  mode tcp
  timeout connect 10s
  timeout client 1d
  timeout server 1d
listen all
  bind ipv4@${from}
  server next ipv4@${to}
`;
}
