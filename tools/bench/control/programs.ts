import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../../images/bundle.js';
import { root } from '../../clusters/paths.js';
import type { ListerPlan } from './lister.js';
import type { RelayPlan } from './relay.js';
import { readShipped } from './shipped.js';

/** What runs beside each other, each as one file as in the image. */
export interface Programs {
  /** All bundles, with their source maps. */
  readonly files: readonly string[];
  /** Bytes of memory that the operator may have. */
  readonly memory: number;
  operator(options: OperatorCommand): string[];
  relay(plan: RelayPlan, node?: string): string[];
  lister(plan: ListerPlan): string[];
}

/** How the operator is started here. */
export interface OperatorCommand {
  /** Path of its kubeconfig. */
  readonly kubeconfig: string;
  /** Where it serves health and metrics, `host:port`. */
  readonly health: string;
  /** @default this process' Node */
  readonly node?: string;
}

/** Bundles them into a folder. */
export async function makePrograms(folder: string): Promise<Programs> {
  const made = async (name: string, entry: string) => {
    const own = join(folder, name);
    await mkdir(own);
    // as in the image: else Node parses a script twice to find out that it is a module
    await writeFile(join(own, 'package.json'), '{"type":"module"}\n');
    return (await bundle(join(root, 'build', entry), own)).script;
  };
  const [operator, relay, lister, { env, nodeFlags, args, memory }] = await Promise.all([
    made('operator', 'src/cmd/main.js'),
    made('relay', 'tools/bench/control/relay.js'),
    made('lister', 'tools/bench/control/lister.js'),
    readShipped(),
  ]);
  return {
    files: [operator, relay, lister].flatMap((script) => [script, `${script}.map`]),
    memory,
    operator: ({ kubeconfig, health, node = process.execPath }) => [
      ...['env', ...env, node, ...nodeFlags, operator, ...args],
      // one replica, of which it is known when it leads
      ...['--no-leader-election', `--kubeconfig=${kubeconfig}`, `--metrics-address=${health}`],
    ],
    relay: (plan, node = process.execPath) => [node, relay, JSON.stringify(plan)],
    lister: (plan) => [process.execPath, lister, JSON.stringify(plan)],
  };
}
