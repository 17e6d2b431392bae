import { join } from 'node:path';
import { bundle, bundleOne } from '../../images/bundle.js';
import { root } from '../../clusters/paths.js';
import { asPod, type PodAccount } from './podaccount.js';
import type { ListerPlan } from './lister.js';
import type { RelayPlan } from './relay.js';
import { readShipped } from './shipped.js';

/** What runs beside each other, each as one file as in the image. */
export interface Programs {
  /** All that they consist of. */
  readonly files: readonly string[];
  /** Bytes of memory that the operator may have. */
  readonly memory: number;
  operator(options: OperatorCommand): string[];
  relay(plan: RelayPlan, node?: string): string[];
  lister(plan: ListerPlan): string[];
}

/** How the operator is started here. */
export interface OperatorCommand {
  /** Folder with the account of its pod, and the address of the API server. */
  readonly account: PodAccount;
  /** Where it serves health and metrics, `host:port`. */
  readonly health: string;
  /** @default this process' Node */
  readonly node?: string;
}

/** Bundles them into a folder. */
export async function makePrograms(folder: string): Promise<Programs> {
  const made = async (name: string) => {
    const script = join(folder, `${name}.mjs`);
    await bundleOne(join(root, `build/tools/bench/control/${name}.js`), script);
    return script;
  };
  const [operator, relay, lister, { env, nodeFlags, args, memory }] = await Promise.all([
    bundle(join(root, 'build'), join(folder, 'operator')),
    made('relay'),
    made('lister'),
    readShipped(),
  ]);
  return {
    files: [operator.script, ...operator.parts, relay, lister],
    memory,
    operator: ({ account, health, node = process.execPath }) =>
      asPod(account, [
        ...['env', ...env, node, ...nodeFlags, operator.script, ...args],
        // one replica, of which it is known when it leads
        ...['--no-leader-election', `--metrics-address=${health}`],
      ]),
    relay: (plan, node = process.execPath) => [node, relay, JSON.stringify(plan)],
    lister: (plan) => [process.execPath, lister, JSON.stringify(plan)],
  };
}
