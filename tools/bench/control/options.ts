import { parseArgs } from 'node:util';

/** How much is measured. */
export interface ControlPlan {
  /** Services in Paris, and as many ServiceMirrors in London. */
  readonly services: number;
  /** Single changes whose way is timed, while nothing else happens. */
  readonly changes: number;
  /** Changes in a second. */
  readonly rate: number;
}

/** What is said when the arguments cannot be understood. */
export const controlUsage = `usage: npm run bench:control -- [--services N] [--changes N] [--rate N]
  N mirrors (1000) are imported by the operator and by a bare client; then changes (500) are sent, so many a second (50).
  The result is a Markdown table and a line of JSON on standard output; progress goes to standard error.`;

/** Reads the arguments. @throws an Error that holds {@link controlUsage} */
export function controlPlanOf(args: readonly string[]): ControlPlan {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...args], options: { services: text, changes: text, rate: text } });
    return {
      services: whole('--services', values.services ?? '1000'),
      changes: whole('--changes', values.changes ?? '500'),
      rate: whole('--rate', values.rate ?? '50'),
    };
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n${controlUsage}`, { cause });
  }
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${flag} ${text}: a whole number above 0 is needed`);
  return value;
}
