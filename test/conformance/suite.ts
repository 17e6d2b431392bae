import { createSubject } from './haproxy/subject.js';
import { node, setPairings, type Subject } from './pairings.js';
import { plain } from './plain/subject.js';

/** The implementations beside the one on Node that the suite is loaded for. A new one is a line here. */
const subjects = {
  haproxy: createSubject,
  plain: async () => plain,
} satisfies Readonly<Record<string, () => Promise<Subject>>>;

/** Parts of the suite, by their files. */
const parts = [
  'addresses',
  'bundles',
  'carry',
  'change',
  'channel',
  'families',
  'flood',
  'http',
  'impostor',
  'outcome',
  'pooled',
  'proxied',
  'refuse',
  'resume',
  'shared',
] as const;

/** Whether an implementation is paired with itself, too. */
export interface PairingOptions {
  /** @default true */
  readonly withItself?: boolean;
}

/** Puts an implementation on one side of all that follows, or on both. */
export async function pair(
  name: keyof typeof subjects,
  { withItself = true }: PairingOptions = {},
): Promise<void> {
  const subject = await subjects[name]();
  setPairings([
    { name: `${name} calls node`, caller: subject, exporter: node },
    { name: `node calls ${name}`, caller: node, exporter: subject },
    ...(withItself ? [{ name: `${name} calls ${name}`, caller: subject, exporter: subject }] : []),
  ]);
}

/** Holds an implementation to the wire contract, as far as it declares that it can do what a part is about. */
export async function conform(name: keyof typeof subjects, options?: PairingOptions): Promise<void> {
  await pair(name, options);
  for (const part of parts) await import(`./${part}.test.js`);
}
