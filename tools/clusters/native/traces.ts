import { existsSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec.js';
import { processesNaming } from '../traces.js';
import { cgroupOf } from './guard.js';
import type { State } from './set.js';

/** What a set of native clusters is made of and might leave, noted while it runs. */
export interface Traces {
  readonly dir: string;
  readonly guard: number;
  /** Links of namespaces as in `/proc/PID/ns`, of the fabric and of the nodes. */
  readonly namespaces: ReadonlySet<string>;
  /** The index of this machine's link to the fabric; the kernel does not use indices again. */
  readonly link: number;
}

const kinds = ['net', 'pid', 'mnt', 'uts', 'ipc'];

/** Notes what the set with its state in `dir` is made of. */
export async function tracesOf(dir: string): Promise<Traces> {
  const { guard, nodes } = JSON.parse(await readFile(join(dir, 'state.json'), 'utf8')) as State;
  const namespaces = await Promise.all([
    readlink(`/proc/${guard}/ns/net`),
    ...nodes.flatMap(({ pid }) => kinds.map((kind) => readlink(`/proc/${pid}/ns/${kind}`))),
  ]);
  const inFabric = ['nsenter', '--net', '--target', `${guard}`] as const;
  const uplink = await run([...inFabric, 'ip', '-json', 'link', 'show', 'uplink']);
  const [{ link_index: link }] = JSON.parse(uplink) as [{ link_index: number }];
  return { dir, guard, namespaces: new Set(namespaces), link };
}

/** Says what there still is; empty when the set is gone without a trace. */
export async function remaining({ dir, namespaces, link }: Traces): Promise<string[]> {
  const links = JSON.parse(await run(['ip', '-json', 'link'])) as { ifindex: number; ifname: string }[];
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const cgroups = ['', ...(await readdir('/sys/fs/cgroup'))].map((name) =>
    join('/sys/fs/cgroup', name, cgroupOf(dir)),
  );
  return [
    ...(await processesNaming(dir)).map((pid) => `process ${pid}`),
    ...(await processesIn(namespaces)).map((pid) => `process ${pid}`),
    ...links.filter(({ ifindex }) => ifindex === link).map(({ ifname }) => `link ${ifname}`),
    ...mounts.filter((line) => line.includes(dir)),
    ...[...cgroups, dir].filter((path) => existsSync(path)),
  ];
}

async function processesIn(namespaces: ReadonlySet<string>): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const inside = await Promise.all(
    pids.map(async (pid) => {
      const links = await Promise.all(
        kinds.map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => '')),
      );
      return links.some((link) => namespaces.has(link));
    }),
  );
  return pids.filter((_, index) => inside[index]);
}
