import { parseArgs } from 'node:util';
import { portBounds } from '../../../src/transport/shares.js';

/** What can be measured, in the order in which it is. */
export const scenarioNames = [
  'import',
  'memory',
  'churn',
  'idle',
  'blackout',
  'restart',
  'change',
  'replace',
  'links',
  'automatic',
  'several',
  'start',
] as const;

/** One of them. */
export type ScenarioName = (typeof scenarioNames)[number];

/** How much is measured. */
export interface ControlPlan {
  readonly only: readonly ScenarioName[];
  /** Services in Paris, and as many ServiceMirrors in London. */
  readonly services: number;
  /** Single changes whose way is timed, while nothing else happens. */
  readonly changes: number;
  /** Changes in a second. */
  readonly rate: number;
  /** Seconds in which nothing happens and writes are counted. */
  readonly idle: number;
  /** How often both API servers go away, so that everything is listed again. */
  readonly relists: number;
  /** Links that share the mirrors in scenario `links`. */
  readonly links: number;
  /** Services of Paris that no Link selects and that change. */
  readonly unrelated: number;
}

const defaults: Omit<ControlPlan, 'only'> = {
  services: 1_000,
  changes: 500,
  rate: 50,
  idle: 10,
  relists: 3,
  links: 50,
  unrelated: 2_000,
};

const numbers = Object.keys(defaults) as (keyof typeof defaults)[];

/** What is said when the arguments cannot be understood. */
export const controlUsage = `usage: npm run bench:control -- [--only SCENARIO,SCENARIO] ${numbers.map((name) => `[--${name} N]`).join(' ')}
  SCENARIO is one of ${scenarioNames.join(', ')}; all of them without --only.
  Defaults: ${numbers.map((name) => `--${name} ${defaults[name]}`).join(' ')}
  A bare client does the same in the same run. The result is a Markdown table and a line of JSON on standard output;
  progress goes to standard error.`;

/** Reads the arguments. @throws an Error that holds {@link controlUsage} */
export function controlPlanOf(args: readonly string[]): ControlPlan {
  try {
    const text = { type: 'string' } as const;
    const options = Object.fromEntries([...numbers, 'only'].map((name) => [name, text]));
    const { values } = parseArgs({ args: [...args], options }) as { values: Record<string, string> };
    const given = numbers.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, whole(name, value)]];
    });
    const plan = { ...defaults, ...(Object.fromEntries(given) as Partial<typeof defaults>) };
    const only = values['only']?.split(',').map(scenarioName) ?? scenarioNames;
    if (only.includes('replace')) checkPorts(plan);
    return { only, ...plan };
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n${controlUsage}`, { cause });
  }
}

/** Its mirrors are those of two Links at most, and of as many namespaces as scenario `links` has Links. */
function checkPorts({ services, links }: Pick<ControlPlan, 'services' | 'links'>): void {
  const most = Math.min(2 * portBounds.link, links * portBounds.namespace);
  if (services <= most) return;
  throw new Error(
    `--services ${services}: scenario replace has egress ports for ${most}; leave it out (--only), or give more --links`,
  );
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} ${text}: a whole number above 0 is needed`);
  return value;
}

function scenarioName(text: string): ScenarioName {
  const found = scenarioNames.find((name) => name === text);
  if (found === undefined) throw new Error(`--only ${text}: no scenario is called that`);
  return found;
}
