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

/** Parts that are run as well where the exporter opens all connections: those that leave the way between both alone. */
const dialledParts = [
  'carry',
  'change',
  'refuse',
  'keys',
  'bundles',
  'http',
  'pooled',
  'resume',
  'tunnel',
] as const;

/** What an implementation is paired with. */
export interface PairingOptions {
  /** @default true */
  readonly withItself?: boolean;
  /** In both directions. @default ['node'] */
  readonly others?: readonly (keyof typeof subjects)[];
  /** The exporter opens all connections. @default false */
  readonly dialledIn?: boolean;
}

/** Puts an implementation on one side of all that follows, or on both. */
export async function pair(
  name: keyof typeof subjects,
  { withItself = true, others = ['node'], dialledIn = false }: PairingOptions = {},
): Promise<void> {
  const subject = await subjects[name]();
  const made = await Promise.all(others.map(async (other) => ({ other, made: await subjects[other]() })));
  const pairings = [
    ...made.flatMap(({ other, made }) => [
      { name: `${name} calls ${other}`, caller: subject, exporter: made },
      { name: `${other} calls ${name}`, caller: made, exporter: subject },
    ]),
    ...(withItself ? [{ name: `${name} calls ${name}`, caller: subject, exporter: subject }] : []),
  ];
  setPairings(
    pairings.map((one) => (dialledIn ? { ...one, dialledIn, name: `${one.name}, which dials` } : one)),
  );
}

/** Holds an implementation to the wire contract, as far as it declares that it can do what a part is about. */
export async function conform(name: keyof typeof subjects, options?: PairingOptions): Promise<void> {
  await pair(name, options);
  for (const part of parts) await import(`./${part}.test.js`);
}

/** The same over connections that the exporter dials. */
export async function conformDialled(name: keyof typeof subjects, options?: PairingOptions): Promise<void> {
  await pair(name, { ...options, dialledIn: true });
  for (const part of dialledParts) await import(`./${part}.test.js`);
}
