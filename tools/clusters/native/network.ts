import { networkInterfaces } from 'node:os';
import { CommandFailed, run } from '../exec.js';
import type { NodeSpec } from './node.js';

/** How many clusters fit into a slot, beside the host's address and the two that cannot be used. */
export const maxNodes = 13;

const slots = 16;
const linkPrefix = 'svcmirror';
const table = 'bridge service-mirror';

/** Ranges for documentation (RFC 5737): nobody's real addresses, but some sandboxes use one of them for themselves. */
const documentation = ['192.0.2', '198.51.100', '203.0.113'];

/** Where one set of clusters has its addresses: one of 16 slots of a range, so that sets do not disturb each other. */
export interface Subnet {
  /** The first three bytes, for example `192.0.2`. */
  readonly range: string;
  readonly slot: number;
}

/** The address of the n-th node of a set, n counting from 0; `maxNodes` is this machine's. */
export function addressOf({ range, slot }: Subnet, n: number): string {
  return `${range}.${16 * slot + 1 + n}`;
}

/** The first range in which this machine has no address, our own links to other sets aside. */
export function freeRange(interfaces: NodeJS.Dict<readonly { address: string }[]>): string {
  const taken = Object.entries(interfaces)
    .filter(([name]) => !name.startsWith(linkPrefix))
    .flatMap(([, addresses]) => addresses?.map(({ address }) => address) ?? []);
  const free = documentation.find((range) => !taken.some((address) => address.startsWith(`${range}.`)));
  if (free === undefined)
    throw new Error(`this machine has addresses in each of ${documentation.join(', ')}`);
  return free;
}

/**
 * Builds the fabric: a bridge in the network namespace of the process `pid`, and one link to this machine, whose name
 * is what reserves the slot. Everything vanishes with the namespace. Rejects when all slots are taken.
 */
export async function createFabric(pid: number): Promise<Subnet> {
  const slot = await claimSlot(pid);
  const subnet = { range: freeRange(networkInterfaces()), slot };
  await ip(pid, [
    'link set lo up',
    'link add name fabric type bridge',
    'link set fabric up',
    'link set uplink master fabric',
    'link set uplink up',
  ]);
  await run(['ip', 'address', 'add', `${addressOf(subnet, maxNodes)}/28`, 'dev', linkOf(slot)]);
  await run(['ip', 'link', 'set', linkOf(slot), 'up']);
  // Frames between ports pass the bridge family's forward hook, those of open connections too: no state is kept.
  await nft(pid, [
    `table ${table} {`,
    '  set cuts { type ifname . ifname; }',
    '  chain forward { type filter hook forward priority 0; iifname . oifname @cuts drop; }',
    '}',
  ]);
  return subnet;
}

async function claimSlot(pid: number): Promise<number> {
  for (let slot = 0; slot < slots; slot++) {
    const peer = ['peer', 'name', 'uplink', 'netns', `${pid}`];
    try {
      await run(['ip', 'link', 'add', 'name', linkOf(slot), 'type', 'veth', ...peer]);
      return slot;
    } catch (error) {
      if (!(error instanceof CommandFailed) || !error.stderr.includes('File exists')) throw error;
    }
  }
  throw new Error(`all ${slots} ranges of test clusters are in use; see: ip link show type veth`);
}

function linkOf(slot: number): string {
  return `${linkPrefix}${slot}`;
}

/** Plugs a node into the fabric of `guard`. */
export async function plugNode(
  guard: number,
  { n, pid, address, ranges: { services } }: NodeSpec,
): Promise<void> {
  await ip(guard, [
    `link add name node${n} type veth peer name eth0 netns ${pid}`,
    `link set node${n} master fabric`,
    `link set node${n} up`,
  ]);
  // No default route: nothing leaves the machine, and the pods of other clusters cannot be reached.
  await ip(pid, [
    'link set lo up',
    `address add ${address}/28 dev eth0`,
    'link set eth0 up',
    `route add ${services} dev eth0`, // any would do: what the node itself sends there must be routed to be translated
  ]);
}

/** Cuts or restores the network between two nodes of the fabric of `pid`; doing it twice is as good as once. */
export async function setCut(pid: number, [a, b]: readonly [number, number], cut: boolean): Promise<void> {
  const elements = `{ "node${a}" . "node${b}", "node${b}" . "node${a}" }`;
  const verbs = cut ? ['add'] : ['add', 'delete']; // deleting what is not there would be an error
  await nft(
    pid,
    verbs.map((verb) => `${verb} element ${table} cuts ${elements}`),
  );
}

/** Drops what nodes of the fabric of `pid` send each other to a TCP port, until the fabric is gone. */
export async function hidePort(pid: number, port: number): Promise<void> {
  await nft(pid, [
    `add rule ${table} forward iifname "node*" oifname "node*" ether type ip ip protocol tcp tcp dport ${port} drop`,
  ]);
}

async function ip(pid: number, commands: readonly string[]): Promise<void> {
  await run([...inNetworkOf(pid), 'ip', '-batch', '-'], { input: commands.join('\n') });
}

async function nft(pid: number, commands: readonly string[]): Promise<void> {
  await run([...inNetworkOf(pid), 'nft', '-f', '-'], { input: commands.join('\n') });
}

/** Runs what follows in the network namespace of a process. */
export function inNetworkOf(pid: number): [string, ...string[]] {
  return ['nsenter', '--net', '--target', `${pid}`];
}
