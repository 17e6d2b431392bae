import { createSubject } from './haproxy/subject.js';
import { node, setPairings, type Subject } from './pairings.js';

/** The implementations beside the one on Node that the suite is loaded for. A new one is a line here. */
const subjects = {
  haproxy: createSubject,
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

/** Puts an implementation on one side of all that follows, or on both. */
export async function pair(name: keyof typeof subjects): Promise<void> {
  const subject = await subjects[name]();
  setPairings([
    { name: `${name} calls node`, caller: subject, exporter: node },
    { name: `node calls ${name}`, caller: node, exporter: subject },
    { name: `${name} calls ${name}`, caller: subject, exporter: subject },
  ]);
}

/** Holds an implementation to the wire contract, as far as it declares that it can do what a part is about. */
export async function conform(name: keyof typeof subjects): Promise<void> {
  await pair(name);
  for (const part of parts) await import(`./${part}.test.js`);
}
