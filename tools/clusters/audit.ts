import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Flags that make an API server append one line of JSON per write to `log`; the policy file goes to `dir`. */
export async function auditArgs(dir: string, log: string): Promise<string[]> {
  const policy = join(dir, 'audit-policy.json');
  const verbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];
  await writeFile(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', verbs }, { level: 'None' }],
    }),
  );
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`];
}
