import assert from 'node:assert/strict';
import type { KubeObject } from '../../../src/api/objects.js';
import { ownNamespace } from '../../driver/cluster.js';
import { eventually } from '../../driver/eventually.js';
import { computeStatus } from '../../driver/kstatus.js';
import { runGateways } from '../../driver/gateways.js';
import type { LightDriver } from '../../driver/light.js';
import type { Implementation } from '../../../src/gateway/model.js';

/** How long (ms) the fleet may take to come together. */
export const patience = 120_000;

/** Numbers of at least 0 and less than 1 that look random, and are the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    // the constants of Numerical Recipes
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The same objects in another order. */
export function shuffled<T>(objects: readonly T[], random: () => number): T[] {
  return objects
    .map((object) => ({ object, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ object }) => object);
}

/** Applies objects as they come, again and again while some are refused, as a GitOps controller does. */
export async function applyAll(
  { kubectl, name }: LightDriver,
  objects: readonly KubeObject[],
  atOnce = 8,
): Promise<void> {
  let left = [...objects];
  await eventually(async () => {
    const refused: KubeObject[] = [];
    for (let at = 0; at < left.length; at += atOnce) {
      const some = left.slice(at, at + atOnce);
      const text = some.map((object) => JSON.stringify(object)).join('\n---\n');
      await kubectl.apply(text).catch(() => refused.push(...some));
    }
    left = refused;
    assert.deepEqual(
      left.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      [],
      `${name} refuses some objects`,
    );
  }, patience);
}

/** Runs what the Deployments of a cluster say: its operator as a process of its own, and its gateways. */
export async function runDeployments(
  cluster: LightDriver,
  objects: readonly KubeObject[],
  { host, implementation }: { readonly host: string; readonly implementation: Implementation },
): Promise<void> {
  const found = objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'service-mirror-operator',
  );
  const { spec } = found as unknown as {
    spec: { template: { spec: { containers: readonly { args: readonly string[] }[] } } };
  };
  const [command, ...flags] = spec.template.spec.containers[0]?.args ?? [];
  assert.equal(command, 'operator');
  await cluster.startOperator(...flags, '--no-leader-election', `--egress-address=${host}`);
  await runGateways(cluster, { host, implementation, targets: host });
}

/** What kstatus says of all Links and mirrors of a cluster, by kind and name. */
export async function statusesOf(cluster: LightDriver, program: string): Promise<Record<string, string>> {
  const text = await cluster.kubectl('get', 'links.linkerd.io,servicemirrors', '-A', '-o', 'json');
  const { items } = JSON.parse(text) as { items: KubeObject[] };
  const words = await computeStatus(program, items);
  return Object.fromEntries(
    items.map(({ kind, metadata }, at) => [`${kind} ${metadata.name}`, words[at] ?? '']),
  );
}

/** Why what is not ready is not so, one line each. */
export function reasonsOf({ kubectl }: LightDriver): Promise<string> {
  const ready = '.status.conditions[?(@.type=="Ready")]';
  const columns = `NAME:.metadata.name,REASON:${ready}.reason,WHY:${ready}.message`;
  return kubectl('get', 'links.linkerd.io,servicemirrors', '-A', '-o', `custom-columns=${columns}`);
}

/** Reasons of the Events in the operator's namespace. */
export async function reasonsIn(cluster: LightDriver): Promise<string[]> {
  const jsonpath = 'jsonpath={.items[*].reason}';
  return (await cluster.kubectl('get', 'events', '-n', ownNamespace, '-o', jsonpath)).split(' ');
}
