import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../../clusters/paths.js';

/** How the operator runs when it is installed. */
export interface Shipped {
  /** Environment of the image and of the manifests, as `NAME=value`. */
  readonly env: readonly string[];
  /** Flags of Node in the image. */
  readonly nodeFlags: readonly string[];
  /** Arguments in the manifests. */
  readonly args: readonly string[];
  /** Bytes that the manifests let it have. */
  readonly memory: number;
}

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value?: string }[];
          readonly resources: { readonly limits: { readonly memory: string } };
        }[];
      };
    };
  };
}

/** Reads that from the Dockerfile and the manifests. */
export async function readShipped(): Promise<Shipped> {
  const [dockerfile, manifest] = await Promise.all(
    ['Dockerfile', 'manifests/20-operator.yaml'].map((path) => readFile(join(root, path), 'utf8')),
  );
  const objects = parseAllDocuments(manifest ?? '').map((document) => document.toJS() as Deployment);
  const container = objects.find(({ kind }) => kind === 'Deployment')?.spec.template.spec.containers[0];
  if (container === undefined) throw new Error('manifests/20-operator.yaml: no Deployment');
  const given = container.env.flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`]));
  return {
    env: [...envIn(dockerfile ?? ''), ...given],
    nodeFlags: nodeFlagsIn(dockerfile ?? ''),
    args: container.args,
    memory: bytesOf(container.resources.limits.memory),
  };
}

/** Of lines `ENV NAME=value` in the last stage. */
export function envIn(dockerfile: string): string[] {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  return [...last.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) => line.trim().split(/\s+/));
}

/** Of `ENTRYPOINT ["node", ...flags, script]`. */
export function nodeFlagsIn(dockerfile: string): string[] {
  const found = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (found === undefined) throw new Error('Dockerfile: no ENTRYPOINT');
  return (JSON.parse(found) as string[]).slice(1, -1);
}

/** Of a quantity in Mi or Gi. */
export function bytesOf(quantity: string): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  if (number === undefined) throw new Error(`memory ${quantity}: neither Mi nor Gi`);
  return Number(number) * 2 ** (unit === 'Mi' ? 20 : 30);
}
