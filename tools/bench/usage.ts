import { readdir, readFile } from 'node:fs/promises';
import { readPss, readStat, type Stat, treeOf } from './proc.js';

/** What the processes of a gateway have used so far. */
export interface Usage {
  /** Seconds of CPU time. */
  readonly cpu: number;
  /** Bytes, shared pages counted once. */
  readonly memory: number;
}

/** Processes of one gateway: a tree, with or without its root. */
export interface Tree {
  readonly root: number;
  /** The root is an agent that moves no bytes. */
  readonly agent: boolean;
}

/** Looks at the processes of a gateway as they are now. */
export async function usageOf({ root, agent }: Tree): Promise<Usage> {
  const tree = treeOf(await allStats(), root).filter(({ pid }) => !agent || pid !== root);
  const memory = await Promise.all(tree.map(({ pid }) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8')));
  return {
    cpu: tree.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: memory.reduce((sum, text) => sum + readPss(text), 0),
  };
}

async function allStats(): Promise<Stat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return texts.filter((text) => text !== '').map(readStat);
}
