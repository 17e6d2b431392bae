import { ensureBinary } from '../../tools/clusters/binaries.js';
import { CommandFailed, run } from '../../tools/clusters/exec.js';
import { toStderr } from '../../tools/clusters/progress.js';

/** kubectl on one cluster. */
export interface Kubectl {
  /** Runs it and returns its standard output; rejects with `CommandFailed`. */
  (...args: string[]): Promise<string>;
  /** `kubectl apply` of objects, as YAML or JSON text. */
  apply(text: string, ...args: string[]): Promise<string>;
  /** What the API server says against objects, or undefined when it takes them; nothing is stored. */
  refusal(text: string): Promise<string | undefined>;
}

/** kubectl with that kubeconfig. */
export async function kubectlOf(kubeconfig: string): Promise<Kubectl> {
  const program = await ensureBinary('kube', toStderr);
  const kubectl = (args: readonly string[], input = '') =>
    run([program, 'kubectl', '--kubeconfig', kubeconfig, ...args], {
      input,
      // alpha in kubectl: what it prunes, it finds by a label (KEP-3659)
      env: { ...process.env, KUBECTL_APPLYSET: 'true' },
    });
  const apply = (text: string, ...args: string[]) => kubectl(['apply', ...args, '-f', '-'], text);
  const refusal = async (text: string) => {
    try {
      await apply(text, '--dry-run=server');
      return undefined;
    } catch (error) {
      if (error instanceof CommandFailed) return error.stderr;
      throw error;
    }
  };
  return Object.assign((...args: string[]) => kubectl(args), { apply, refusal });
}
