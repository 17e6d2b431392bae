import { readFile } from 'node:fs/promises';
import { egressPorts } from '../../src/api/names.js';
import { implementations } from '../../src/gateway/implementations.js';
import type { NotInForce } from '../../src/gateway/outcome.js';
import { createResolver } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/log.js';
import { type Job, labelAt, link } from './job.js';
import { addresses, ports } from './network.js';

/**
 * One of our gateways as a process: it is given a job's file, says `ready` when all of it is in force, and goes on until
 * it is killed. With HAProxy it is the agent beside it, less what talks to Kubernetes.
 */
const job = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as Job;
const missing = await (job.role === 'egress' ? call(job) : take(job));
if (missing.length > 0) throw new Error(missing.map(({ message }) => message).join('; '));
console.log('ready');

async function call({
  own,
  implementation,
  host,
  mirrors,
  identity,
  peer,
}: Job): Promise<readonly NotInForce[]> {
  const resolver = createResolver({ clock: systemClock });
  const settings = { address: host, log: silent, clock: systemClock, resolver };
  const gateway = implementations[implementation].make(own).egress(settings);
  const routes = Array.from({ length: mirrors }, (_, at) => ({
    ...{ port: egressPorts.first + at, link, serviceId: labelAt(at) },
  }));
  return gateway.apply({ identity, peers: [peer], routes });
}

async function take({
  own,
  implementation,
  host,
  mirrors,
  identity,
  peer,
  cluster,
}: Job): Promise<readonly NotInForce[]> {
  const report = {
    protocol: 2,
    cluster,
    uid: cluster,
    serviceIds: [],
    caFingerprints: [],
    addresses: [],
  } as const;
  const gateway = implementations[implementation].make(own).ingress({
    ...{ address: host, log: silent, clock: systemClock },
    ...{ port: ports.ingress, report: () => report },
  });
  const target = { host: addresses.backend, port: ports.backend };
  const exports = Array.from({ length: mirrors }, (_, at) => ({
    ...{ serviceId: labelAt(at), target, protocol: { kind: 'tcp' } as const, allow: new Set([link]) },
  }));
  return gateway.apply({ cluster, identity, peers: [peer], exports });
}
