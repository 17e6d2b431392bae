import type { Progress } from '../../clusters/progress.js';
import { createContext, type Context, type SubjectName } from './context.js';
import type { Figures, Results } from './figures.js';
import type { ControlPlan } from './options.js';
import { scenarios } from './scenarios/all.js';
import { withImported, type Continued, type Separate } from './scenarios/imported.js';

/** Runs what the plan asks for: one Paris, and Londons of their own for each subject. */
export async function runControl(plan: ControlPlan, progress: Progress): Promise<Results> {
  const context = await createContext(plan, progress);
  try {
    return { bare: await measure(context, 'bare'), ours: await measure(context, 'ours') };
  } finally {
    await context.close();
  }
}

async function measure(context: Context, name: SubjectName): Promise<Figures> {
  const { imports, continued, separate } = chosenOf(context.plan, name);
  let figures: Figures = {};
  if (imports) figures = await importAnd(context, name, continued);
  for (const run of separate) figures = { ...figures, ...(await run(context, name)) };
  return figures;
}

function importAnd(context: Context, name: SubjectName, continued: readonly Continued[]): Promise<Figures> {
  return withImported(context, { name, mirrors: context.plan.services }, async (imported) => {
    let figures: Figures = { import: imported.figures };
    for (const run of continued) figures = { ...figures, ...(await run(imported)) };
    return figures;
  });
}

/** What of a plan is measured of a subject, and whether that takes the import. */
export function chosenOf({ only }: Pick<ControlPlan, 'only'>, name: SubjectName) {
  const chosen = Object.entries(scenarios)
    .filter(([scenario, { of }]) => only.some((one) => one === scenario) && of.includes(name))
    .map(([, scenario]) => scenario);
  const continued = chosen.flatMap((one): Continued[] => ('continues' in one ? [one.continues] : []));
  const separate = chosen.flatMap((one): Separate[] => ('alone' in one ? [one.alone] : []));
  return { imports: only.includes('import') || continued.length > 0, continued, separate };
}
