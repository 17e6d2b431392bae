import assert from 'node:assert/strict';
import { conditionOf } from '../../src/api/conditions.js';
import type { Condition, KubeObject } from '../../src/api/objects.js';

/** An object that has conditions. */
export type Conditioned = KubeObject & { status?: { conditions?: readonly Condition[] } };

/** What a condition should say: `Ready=True`, or with the reason, `Ready=False/NameConflict`. */
export type Says = `${string}=${Condition['status']}${'' | `/${string}`}`;

/** Asserts that the conditions of an object say all this; the failure shows what they say. */
export function assertSays({ kind, metadata, status }: Conditioned, wanted: readonly Says[]): void {
  const conditions = status?.conditions ?? [];
  const lines = conditions.map(({ type, ...is }) => `${type}=${is.status}/${is.reason}`);
  const missing = wanted.filter(
    (text) => !lines.some((line) => line === text || line.startsWith(`${text}/`)),
  );
  const said = conditions.map(({ message }, index) => `${lines[index]} (${message})`).join('; ');
  assert.ok(
    missing.length === 0,
    `${kind} ${metadata.name} should say ${missing.join(', ')}; it says ${said || 'nothing'}`,
  );
}

/** What a condition tells a person; empty when there is none. */
export function messageOf(object: Conditioned, type = 'Ready'): string {
  return conditionOf(object, type)?.message ?? '';
}
