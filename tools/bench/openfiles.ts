import type { Plan } from './options.js';

/** Files that a gateway's processes need for 1,000 idle connections beside the ports of 10,000 mirrors. */
const enough = 30_000;

/** Idle connections of a link where there are fewer. */
const few = 400;

/** The hard limit of open files, out of `/proc/<pid>/limits` (proc(5)). @throws Error when it is not there */
export function openFilesIn(limits: string): number {
  const [, hard] = /^Max open files +\S+ +(\d+|unlimited)/m.exec(limits) ?? [];
  if (hard === undefined) throw new Error('no "Max open files" among the limits of this process');
  return hard === 'unlimited' ? Infinity : Number(hard);
}

/**
 * The same plan, or one with fewer idle connections where a gateway could not hold as many, and why: HAProxy derives from
 * that limit how many connections a link may have, and refuses the others.
 */
export function withinOpenFiles(plan: Plan, most: number): { readonly plan: Plan; readonly why?: string } {
  if (most >= enough || plan.idle <= few) return { plan };
  const why = `a process may open ${most} files here, so ${few} idle connections are held in place of ${plan.idle}; allow ${enough} (ulimit -Hn)`;
  return { plan: { ...plan, idle: few }, why };
}
