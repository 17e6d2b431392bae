/** What /proc tells of a process (proc(5)); reading only, no files. */

/** One line of `/proc/PID/stat`. */
export interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Seconds of CPU time, in user and kernel mode together. */
  readonly cpu: number;
}

/** Clock ticks per second; the kernel's interface has had this value on every architecture that Node runs on. */
const ticks = 100;

/** Reads `/proc/PID/stat`. The name is in brackets and may hold anything, brackets and spaces too. */
export function readStat(text: string): Stat {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  // utime and stime are the 14th and 15th of the line, the state after the name is the 3rd
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), cpu: (user + system) / ticks };
}

/** The process of that id and all below it. */
export function treeOf(stats: readonly Stat[], root: number): Stat[] {
  const found = stats.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...stats.filter(({ parent }) => parent === pid));
  return found;
}

/** Bytes of `/proc/PID/smaps_rollup`'s `Pss`: a page that several processes share counts for each in part. */
export function readPss(text: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1_024;
}

/** CPUs of a list like `0-2,5`, as in `Cpus_allowed_list` of `/proc/PID/status`. */
export function readCpus(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
}

/** Load and backend get one CPU, gateways the others; a single one is shared. */
export function sharesOf(cpus: readonly number[]): { readonly load: string; readonly gateways: string } {
  const [first = 0, ...others] = cpus;
  return { load: String(first), gateways: others.length > 0 ? others.join(',') : String(first) };
}
