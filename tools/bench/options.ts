import { parseArgs } from 'node:util';

/** How much is measured; times in seconds. */
export interface Plan {
  readonly paths: readonly PathName[];
  /** How often everything is measured, all paths by turns. */
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Mirrors that the gateways hold. */
  readonly mirrors: number;
  /** Connections that are held for what they take of memory. */
  readonly idle: number;
  /** Clients that ask at once. */
  readonly clients: number;
  /** Requests per second for the times of answers; every path must sustain it. */
  readonly rate: number;
}

/** The ways from a client to the backend that are compared. */
export const pathNames = ['direct', 'plain', 'haproxy', 'aws-lc', 'node', 'nginx'] as const;

/** One of them. */
export type PathName = (typeof pathNames)[number];

const full: Plan = {
  // the build on AWS-LC takes minutes to make
  paths: pathNames.filter((name) => name !== 'aws-lc'),
  rounds: 5,
  seconds: 4,
  mirrors: 10_000,
  idle: 1_000,
  clients: 32,
  rate: 2_000,
};

/** What is said when the arguments cannot be understood. */
export const usage = `usage: npm run bench:gateway -- [--quick | --smoke] [--rounds N] [--seconds S] [--aws-lc | --only PATH,PATH]
  about 9 minutes; --quick: about 2; --smoke: a few requests over each path; --aws-lc: also HAProxy on AWS-LC.
  PATH is one of ${pathNames.join(', ')}. The result is Markdown on standard output.`;

/** Reads the arguments. @throws an Error that holds {@link usage} */
export function planOf(args: readonly string[]): Plan {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        smoke: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        'aws-lc': { type: 'boolean' },
      },
    });
    return {
      ...full,
      ...(values.quick && { rounds: 3, seconds: 1.2 }),
      ...(values.smoke && { rounds: 1, seconds: 0.2, mirrors: 100, idle: 20, rate: 500 }),
      ...(values.rounds !== undefined && { rounds: positive(values.rounds) }),
      ...(values.seconds !== undefined && { seconds: positive(values.seconds) }),
      ...(values['aws-lc'] && { paths: pathNames }),
      ...(values.only !== undefined && { paths: values.only.split(',').map(pathName) }),
    };
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n${usage}`, { cause });
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${text} is not a number above 0`);
  return value;
}

function pathName(text: string): PathName {
  const found = pathNames.find((name) => name === text);
  if (found === undefined) throw new Error(`no path is called ${text}`);
  return found;
}
