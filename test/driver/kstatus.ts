import { run } from '../../tools/clusters/exec.js';

/**
 * What `Compute` of sigs.k8s.io/cli-utils says of each of these objects, in their order: `Current`, `InProgress`, `Failed`.
 *
 * @param program path of the binary `kstatus`
 */
export async function computeStatus(program: string, objects: readonly object[]): Promise<string[]> {
  const answer = await run([program], { input: objects.map((object) => JSON.stringify(object)).join('\n') });
  return answer
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}
