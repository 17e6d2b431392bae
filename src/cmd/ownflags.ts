import { implementationOf, implementations } from '../gateway/implementations.js';
import type { ImplementationEntry, OwnFlag } from '../gateway/model.js';

const entries: readonly (readonly [name: string, entry: ImplementationEntry])[] =
  Object.entries(implementations);

const all: readonly (readonly [name: string, flag: OwnFlag])[] = entries.flatMap(([, { flags }]) =>
  Object.entries(flags),
);

/** Lines of the help text that say what there is to choose from. */
export const choices = entries.map(([name, { summary }]) => `      ${name.padEnd(22)} ${summary}\n`).join('');

/** Lines of the help text for the flags that only one implementation has. */
export const ownHelp = all
  .map(([name, { value, help }]) => `  ${`--${name} ${value}`.padEnd(26)} ${help}\n`)
  .join('');

/** The same flags as options of `parseArgs`. */
export const ownOptions = Object.fromEntries(all.map(([name]) => [name, { type: 'string' } as const]));

/**
 * Of all flags those of the implementation that was chosen.
 *
 * @throws an Error that names a flag which belongs to another implementation, or cannot be as it is
 */
export function ownFlags(
  implementation: string,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const entry = implementationOf(implementation);
  const own: Record<string, string> = {};
  for (const [name] of all) {
    const value = values[name];
    if (typeof value !== 'string') continue;
    if (!Object.hasOwn(entry.flags, name))
      throw new Error(`--${name}: not for --implementation ${implementation}`);
    own[name] = value;
  }
  // what cannot be used is said before anything starts
  entry.make(own);
  return own;
}
