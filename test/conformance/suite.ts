import { createSubject } from './haproxy/subject.js';
import { node, setPairings, type Subject } from './pairings.js';
import { plain } from './plain/subject.js';

/** The implementations beside the one on Node that the suite is loaded for. A new one is a line here. */
const subjects = {
  haproxy: () => createSubject(),
  'haproxy on OpenSSL': () => createSubject('stock'),
  plain: async () => plain,
  node: async () => node,
} satisfies Readonly<Record<string, () => Promise<Subject>>>;

/** Parts of the suite, by their files. */
const parts = [
  'addresses',
  'bundles',
  'carry',
  'catalog',
  'change',
  'channel',
  'families',
  'flood',
  'http',
  'impostor',
  'invitations',
  'keys',
  'outcome',
  'pooled',
  'proxied',
  'refuse',
  'resume',
  'several',
  'shared',
] as const;

/** What an implementation is paired with. */
export interface PairingOptions {
  /** @default true */
  readonly withItself?: boolean;
  /** In both directions. @default ['node'] */
  readonly others?: readonly (keyof typeof subjects)[];
}

/** Puts an implementation on one side of all that follows, or on both. */
export async function pair(
  name: keyof typeof subjects,
  { withItself = true, others = ['node'] }: PairingOptions = {},
): Promise<void> {
  const subject = await subjects[name]();
  const made = await Promise.all(others.map(async (other) => ({ other, made: await subjects[other]() })));
  setPairings([
    ...made.flatMap(({ other, made }) => [
      { name: `${name} calls ${other}`, caller: subject, exporter: made },
      { name: `${other} calls ${name}`, caller: made, exporter: subject },
    ]),
    ...(withItself ? [{ name: `${name} calls ${name}`, caller: subject, exporter: subject }] : []),
  ]);
}

/** Holds an implementation to the wire contract, as far as it declares that it can do what a part is about. */
export async function conform(name: keyof typeof subjects, options?: PairingOptions): Promise<void> {
  await pair(name, options);
  for (const part of parts) await import(`./${part}.test.js`);
}
