import { waitFor } from '../../../clusters/wait.js';
import type { Context } from '../context.js';
import { sumOf } from '../metrics.js';
import type { Subject } from '../subjects.js';
import type { Continued } from './imported.js';

/** What the operator holds lists of: cluster and resource. */
const lists = [
  ['local', 'servicemirrors'],
  ['local', 'services'],
  ['local', 'endpointslices'],
  ['paris', 'services'],
  ['paris', 'endpointslices'],
] as const;

/** Peaks of memory without mirrors, and after all lists were taken again and again. */
export const memory: Continued = async ({ context, london, subject }) => {
  const empty = await context.step('ours: without mirrors', () => withoutMirrors(context));
  const relists: number[] = [];
  for (let n = 1; n <= context.plan.relists; n++) {
    await context.step(`ours: everything listed again, ${n} of ${context.plan.relists}`, async () => {
      const before = await counts(subject);
      await Promise.all([context.paris.restart(), london.restart()]);
      const again = async () => (await counts(subject)).every((count, at) => count > before[at]!);
      await subject.until(waitFor('new lists', again, { timeout: 300_000, every: 500 }));
      await subject.settled();
      relists.push(await subject.memory());
    });
  }
  return { memory: { empty, relists } };
};

async function counts(subject: Subject): Promise<number[]> {
  const metrics = await subject.metrics();
  return lists.map(([cluster, resource]) =>
    sumOf(metrics, 'service_mirror_reflector_lists_total', { cluster, resource, result: 'success' }),
  );
}

/** An operator whose Link takes nothing. */
async function withoutMirrors(context: Context): Promise<number> {
  const london = await context.openLondon({ mirrors: 0, selects: { mirrored: 'no' } });
  const subject = (await context.prepare('ours', london))();
  try {
    await subject.until(waitFor('the operator to be ready', () => subject.ready()));
    await subject.settled();
    return await subject.memory();
  } finally {
    await subject.stop();
    await london.close();
  }
}
