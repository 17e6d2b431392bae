import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Testing } from 'cdk8s';
import { RbacChart } from './rbac.js';
import { readInstall, type Environment } from './settings.js';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

/** The names of the roles by which somebody may create namespaces. */
function namespaceMakers(env: Environment): string[] {
  const objects = Testing.synth(new RbacChart(new App(), 'chart', readInstall(env, '1.2.3'))) as Role[];
  return objects.flatMap(({ kind, metadata, rules = [] }) =>
    rules.some(({ resources, verbs }) => resources.includes('namespaces') && verbs.includes('create'))
      ? [`${kind} ${metadata.name}`]
      : [],
  );
}

test('RbacChart lets the operator create namespaces where somebody chose it, and nobody else', () => {
  assert.deepEqual(namespaceMakers({}), []);
  const chosen = { CREATE_NAMESPACES: 'true' };
  assert.deepEqual(namespaceMakers(chosen), ['ClusterRole service-mirror-operator']);
});
