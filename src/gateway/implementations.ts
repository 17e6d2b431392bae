import { haproxy } from './haproxy/implementation.js';
import type { ImplementationEntry } from './model.js';
import { node } from './node/implementation.js';

/**
 * All implementations by the name that users choose them by. A new one is a folder and a line here: flags, help text and
 * install manifests follow.
 */
export const implementations = { haproxy, node } satisfies Readonly<Record<string, ImplementationEntry>>;

/** The name of an implementation. */
export type ImplementationName = keyof typeof implementations;

/** All names. The install manifests choose the first, unless they are told otherwise. */
export const implementationNames = Object.keys(implementations) as [
  ImplementationName,
  ...ImplementationName[],
];

/** The implementation of that name. @throws an Error that lists the known ones */
export function implementationOf(name: string): ImplementationEntry {
  const found = implementationNames.find((known) => known === name);
  if (found !== undefined) return implementations[found];
  throw new Error(`no gateway implementation is called ${name}: use ${implementationNames.join(' or ')}`);
}
