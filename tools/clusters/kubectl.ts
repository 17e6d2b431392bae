import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinary } from './binaries.js';
import { CommandFailed, run } from './exec.js';
import { toStderr } from './progress.js';

/** kubectl on one cluster. */
export interface Kubectl {
  /**
   * Runs it and returns its standard output; rejects with `CommandFailed`. One argument alone is a line as users type
   * it, none of whose words may hold a space.
   */
  (...args: string[]): Promise<string>;
  /** `kubectl apply` of objects, as YAML or JSON text. */
  apply(text: string, ...args: string[]): Promise<string>;
  /** What the API server says against objects, or undefined when it takes them; nothing is stored. */
  refusal(text: string): Promise<string | undefined>;
}

/** kubectl with that kubeconfig (its path). */
export async function kubectlOf(kubeconfig: string): Promise<Kubectl> {
  const program = await ensureBinary('kube', toStderr);
  // alpha in kubectl: what it prunes, it finds by a label (KEP-3659)
  const env = { ...process.env, KUBECTL_APPLYSET: 'true' };
  return kubectlBy((args, options) =>
    run([program, 'kubectl', '--kubeconfig', kubeconfig, ...args], { ...options, env }),
  );
}

/** kubectl by what runs it with arguments and standard input. */
export function kubectlBy(
  kubectl: (args: readonly string[], options?: { readonly input: string }) => Promise<string>,
): Kubectl {
  const apply = (text: string, ...args: string[]) => kubectl(['apply', ...args, '-f', '-'], { input: text });
  const refusal = async (text: string) => {
    try {
      await apply(text, '--dry-run=server');
      return undefined;
    } catch (error) {
      if (error instanceof CommandFailed) return error.stderr;
      throw error;
    }
  };
  const call = (...args: string[]) => kubectl(args.length === 1 ? (args[0]?.split(' ') ?? []) : args);
  return Object.assign(call, { apply, refusal });
}

/** Writes an executable `kubectl` into a directory: a script that runs the given command. */
export async function writeKubectl(dir: string, command: readonly string[]): Promise<void> {
  const path = join(dir, 'kubectl');
  await writeFile(path, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  await chmod(path, 0o755); // writeFile()'s mode would be subject to the umask
}
