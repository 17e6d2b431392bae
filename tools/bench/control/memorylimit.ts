import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A cgroup in which processes get no more memory than a pod would, so that Node sizes its heap as in a pod. */
export interface MemoryLimit {
  /** The same command, in that cgroup. */
  within(command: readonly string[]): readonly string[];
  /** Removes the cgroup, which must be empty. */
  release(): Promise<void>;
}

const prefix = 'service-mirror-bench-';

/** No run takes as long (ms). */
const day = 24 * 3_600_000;

/** Where memory is controlled: in version 1 by a hierarchy of its own. */
const version1 = '/sys/fs/cgroup/memory';
const version2 = '/sys/fs/cgroup';

/** Makes such a cgroup; needs root. @param bytes that the processes in it get together */
export async function limitMemory(bytes: number): Promise<MemoryLimit> {
  const old = existsSync(join(version1, 'memory.limit_in_bytes'));
  const [above, file] = old ? [version1, 'memory.limit_in_bytes'] : [version2, 'memory.max'];
  await removeLeftovers(above);
  const path = join(above, `${prefix}${Date.now()}-${randomUUID()}`);
  try {
    if (!old) await writeFile(join(above, 'cgroup.subtree_control'), '+memory');
    await mkdir(path);
    await writeFile(join(path, file), String(bytes));
  } catch (cause) {
    throw new Error(`no cgroup of ${bytes} bytes can be made below ${above}; run this as root`, { cause });
  }
  return {
    within: (command) => ['sh', '-c', 'echo $$ >"$0" && exec "$@"', join(path, 'cgroup.procs'), ...command],
    release: () => rmdir(path),
  };
}

/** A run that was killed leaves its cgroup; another run may be under way, whose cgroup is empty at times. */
async function removeLeftovers(above: string): Promise<void> {
  const names = (await readdir(above)).filter((name) => isLeftover(name, Date.now()));
  await Promise.all(names.map((name) => rmdir(join(above, name)).catch(() => undefined)));
}

/** Whether a cgroup of that name is of a run that cannot be under way any more. @param now in ms */
export function isLeftover(name: string, now: number): boolean {
  return name.startsWith(prefix) && now - Number.parseInt(name.slice(prefix.length)) > day;
}
