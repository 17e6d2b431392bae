import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../../clusters/wait.js';
import { bareAccount } from '../bareaccount.js';
import { mirrorReconciles, sumOf } from '../metrics.js';
import { startSubject, type Subject } from '../subjects.js';
import { countRequests, type Continued } from './imported.js';

/**
 * The operator is killed and started over all its mirrors: how long until it has read everything, here and in Paris,
 * and what it does then. Beside it, a bare process lists the same once.
 */
export const restart: Continued = async (imported) => {
  const { context, london, name } = imported;
  if (name === 'bare') return context.step('bare: list', () => listOnce(imported));
  return context.step('ours: restart', async () => {
    await imported.subject.stop();
    const [start, requests] = [await context.prepare(name, london), await countRequests(london)];
    const subject = start();
    imported.subject = subject;
    const read = () => hasRead(subject, london.setup.mirrors);
    await subject.until(waitFor('the operator to be ready', read, { timeout: 600_000, every: 20 }));
    const elapsed = performance.now() - subject.startedAt;
    await subject.settled();
    const reconciles = mirrorReconciles(await subject.metrics());
    return { restart: { elapsed, after: { requests: await requests(), reconciles } } };
  });
};

/** Whether it is ready and has read that many services of Paris, with their slices. */
async function hasRead(subject: Subject, services: number): Promise<boolean> {
  if (!(await subject.ready())) return false;
  const metrics = await subject.metrics();
  const held = (resource: string) =>
    sumOf(metrics, 'service_mirror_reflector_objects', { cluster: 'paris', resource });
  return held('services') >= services && held('endpointslices') >= services;
}

const listOnce: Continued = async ({ context, london }) => {
  const plan = {
    paris: await context.paris.access('peer-london'),
    london: await london.access(bareAccount),
  };
  const log = join(context.folder, 'lister.log');
  const lister = startSubject({ command: context.programs.lister(plan), log });
  const how = await lister.ended;
  if (how !== 0) throw new Error(`the lister ended (${how}): ${await readFile(log, 'utf8')}`);
  return { restart: { elapsed: performance.now() - lister.startedAt } };
};
