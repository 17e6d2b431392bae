import type { Context, SubjectName } from '../context.js';
import type { Figures, ImportFigures, TurnFigures } from '../figures.js';
import type { London, LondonSetup } from '../london.js';
import { mirrorReconciles } from '../metrics.js';
import { tallyOf, type Tally } from '../requests.js';
import type { Subject } from '../subjects.js';
import { watchLondon, type Watcher } from '../watcher.js';

/** A London all of whose mirrors a subject has imported. */
export interface Imported {
  readonly context: Context;
  readonly name: SubjectName;
  readonly london: London;
  /** It runs; a scenario may put another one in its place. */
  subject: Subject;
  readonly figures: ImportFigures;
}

/** Measures something in a London that is imported already. */
export type Continued = (imported: Imported) => Promise<Figures>;

/** Measures something in Londons of its own. */
export type Separate = (context: Context, name: SubjectName) => Promise<Figures>;

/** Opens a London, lets a subject import its mirrors, measures that, does something there, and ends both. */
export async function withImported<T>(
  context: Context,
  { name, title = 'import', ...setup }: LondonSetup & { readonly name: SubjectName; readonly title?: string },
  work: (imported: Imported) => Promise<T>,
): Promise<T> {
  const london = await context.openLondon(setup);
  let imported: Imported | undefined;
  try {
    imported = await context.step(`${name}: ${title}`, () => importAll(context, name, london));
    return await work(imported);
  } finally {
    await imported?.subject.stop();
    await london.close();
  }
}

async function importAll(context: Context, name: SubjectName, london: London): Promise<Imported> {
  return watching(london, async (watcher) => {
    const start = await context.prepare(name, london);
    const [apiCpu, requests] = [await london.cpu(), await countRequests(london)];
    const subject = start();
    try {
      const { mirrors, links = 1, federated } = london.setup;
      const wanted = { ready: true, status: true, ...(federated && { slices: links }) };
      const done = await subject.until(watcher.all(mirrors, wanted), watcher.state);
      await subject.settled();
      const figures: ImportFigures = {
        elapsed: done - subject.startedAt,
        requests: await requests(),
        apiCpu: (await london.cpu()) - apiCpu,
        cpu: await subject.cpu(),
        memory: await subject.memory(),
        reconciles: mirrorReconciles(await subject.metrics()),
      };
      return { context, name, london, subject, figures };
    } catch (error) {
      await subject.stop();
      throw error;
    }
  });
}

/** Watches a London meanwhile. */
export async function watching<T>(london: London, work: (watcher: Watcher) => Promise<T>): Promise<T> {
  const watcher = await watchLondon(london.kube);
  try {
    return await work(watcher);
  } finally {
    watcher.close();
  }
}

/** Begins to count requests; the result tells those since then. */
export async function countRequests(london: London): Promise<() => Promise<Tally>> {
  const before = (await london.requests()).length;
  return async () => tallyOf((await london.requests()).slice(before));
}

/** Lets something happen that changes all slices, and measures until the last has followed. Both tell when that was. */
export async function turn(
  { subject, london }: Imported,
  cause: () => Promise<number>,
  last: () => Promise<number>,
): Promise<TurnFigures> {
  const requests = await countRequests(london);
  const [verdict, end] = await subject.until(Promise.all([cause(), last()]));
  await subject.settled();
  return { elapsed: end - verdict, requests: await requests() };
}
