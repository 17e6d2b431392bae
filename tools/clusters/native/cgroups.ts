import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';

/** What a kubelet manages of cgroup v1; where they are mounted, each needs the node's cgroup. */
const hierarchies = 'cpu cpuacct cpuset memory devices freezer blkio pids systemd hugetlb'.split(' ');

/**
 * Makes the cgroup below which one kubelet keeps its pods. The kubelet does not make it itself: it refuses to start
 * unless its `cgroupRoot` is there. The guard removes it.
 */
export async function createCgroup(path: string): Promise<void> {
  if (existsSync(join(root, 'cgroup.controllers'))) await createV2(path);
  else await createV1(path);
}

async function createV1(path: string): Promise<void> {
  const mounted = new Set(await readdir(root));
  await Promise.all(
    hierarchies
      .filter((name) => mounted.has(name))
      .map((name) => mkdir(join(root, name, path), { recursive: true })),
  );
  if (!mounted.has('cpuset')) return;
  // A new cpuset is empty, and no process may enter an empty one: copy downwards, one level after the other.
  let below = join(root, 'cpuset');
  for (const name of path.split('/')) {
    const above = below;
    below = join(above, name);
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      await writeFile(join(below, file), await readFile(join(above, file)));
    }
    await writeFile(join(below, 'cgroup.clone_children'), '1');
  }
}

/**
 * One hierarchy, but a controller is there only if every level above passes it on (cgroup-v2.rst, "Top-down
 * constraint"). Written from the documentation: so far only run on machines with v1.
 */
async function createV2(path: string): Promise<void> {
  let above = root;
  for (const name of path.split('/')) {
    const controllers = (await readFile(join(above, 'cgroup.controllers'), 'utf8')).trim().split(/\s+/);
    await writeFile(join(above, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '));
    above = join(above, name);
    await mkdir(above, { recursive: true });
  }
}
