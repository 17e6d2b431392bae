import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathNames } from './options.js';
import { run } from '../clusters/exec.js';

/** Which end of the wire a process is at: clients and egress gateways, or ingress gateways and the backend. */
export type Side = 'client' | 'server';

/** Addresses (RFC 5737) that nothing outside of our namespaces sees. */
export const addresses = {
  client: '192.0.2.1',
  backend: '192.0.2.2',
  /** Every path has gateways of its own. */
  egress: (path: number) => `192.0.2.${100 + path}`,
  ingress: (path: number) => `192.0.2.${200 + path}`,
} as const;

/** Where the backend and every ingress gateway listen. */
export const ports = { backend: 9_000, ingress: 15_443 } as const;

const paths = pathNames.map((_, at) => at);

/** Puts a command on a side. */
export type Enter = (side: Side, argv: Argv) => Argv;

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]];

/**
 * Makes the client side out of the namespace that we are in, and the server side out of a new one, with a veth between
 * them. Both go when we end.
 */
export async function makeNetwork(): Promise<Enter> {
  const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  await once(holder, 'spawn');
  const net = `/proc/${holder.pid}/ns/net`;
  const own = await readlink('/proc/self/ns/net');
  while ((await readlink(net)) === own) await nextTurn();
  const enter: Enter = (side, argv) => (side === 'client' ? argv : ['nsenter', `--net=${net}`, ...argv]);
  await run(['ip', 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', `${holder.pid}`]);
  await run(
    enter('client', shell([...setUp, ...[addresses.client, ...paths.map(addresses.egress)].map(assign)])),
  );
  await run(
    enter('server', shell([...setUp, ...[addresses.backend, ...paths.map(addresses.ingress)].map(assign)])),
  );
  return enter;
}

const setUp = [
  'ip link set lo up',
  'ip link set wire up',
  // thousands of connections per second would soon have used all ports, and must stay clear of those that are listened on
  'sysctl -qw net.ipv4.tcp_tw_reuse=1',
  'sysctl -qw net.ipv4.ip_local_port_range="30000 65535"',
];

function assign(address: string): string {
  return `ip address add ${address}/24 dev wire`;
}

function shell(lines: readonly string[]): Argv {
  return ['sh', '-ec', lines.join('\n')];
}
