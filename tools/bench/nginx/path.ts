import { X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverName } from '../../../src/protocol/serviceid.js';
import type { KeyPair } from '../../../src/pki/keypair.js';
import { labelAt } from '../job.js';
import { addresses, ports, type Side } from '../network.js';
import { type Lab, type Path, routed } from '../path.js';
import { readCpus } from '../proc.js';
import type { Tree } from '../usage.js';
import { type Common, egressConfig, ingressConfig } from './config.js';

/** Both hops with nginx `stream`, as safe as ours: both certificates verified, TLS 1.3, no resumption. */
export async function nginx(lab: Lab, at: number): Promise<Path> {
  const { london, paris, plan } = lab;
  const target = routed(addresses.egress(at), plan);
  const ingress = `${addresses.ingress(at)}:${ports.ingress}`;
  const names = Array.from({ length: plan.mirrors }, (_, number) => serverName(labelAt(number), 'paris'));
  const leaf = new X509Certificate(london.egress.cert);
  const caller = { issuer: rfc2253(leaf.issuer), subject: rfc2253(leaf.subject) };
  return {
    name: 'nginx',
    target,
    gateways: {
      ingress: await started(lab, 'server', {
        ...{ own: paris.ingress, peer: london.authority },
        config: (common) =>
          ingressConfig(common, {
            ...{ listen: ingress, names, caller, target: `${addresses.backend}:${ports.backend}` },
          }),
      }),
      egress: await started(lab, 'client', {
        ...{ own: london.egress, peer: paris.authority },
        config: (common) =>
          egressConfig(common, {
            ...{
              listen: `${target.host}:${target.first}-${target.last}`,
              ingress,
              names,
              first: target.first,
            },
          }),
      }),
    },
  };
}

async function started(
  { start, cpus, programs, folder }: Lab,
  side: Side,
  { own, peer, config }: { own: KeyPair; peer: KeyPair; config: (common: Common) => string },
): Promise<Tree> {
  const directory = join(folder, `nginx-${side}`);
  const at = (name: string) => join(directory, name);
  await mkdir(directory, { recursive: true });
  await writeFile(at('own.pem'), `${own.cert}\n${own.key}`, { mode: 0o600 });
  await writeFile(at('ca.pem'), peer.ca);
  const workers = readCpus(cpus.gateways).length;
  const { module, program } = programs.nginx;
  await writeFile(at('nginx.conf'), config({ module, workers, own: at('own.pem'), ca: at('ca.pem') }));
  const { pid } = start({ side, cpus: cpus.gateways }, [
    ...([program, '-e', 'stderr', '-p', directory, '-c', at('nginx.conf')] as const),
  ]);
  return { root: pid, agent: false };
}

/** A name as nginx writes it (RFC 2253): the last part first, joined by commas. */
function rfc2253(name: string): string {
  return name.split('\n').toReversed().join(',');
}
