import { globSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** What the tests of a suite are called, how many files may run at once, and how many seconds one test may take. */
interface Suite {
  readonly ending: string;
  readonly atOnce?: number;
  readonly seconds: number;
  /** Minutes that all may take: a file whose last test has left a socket open would never end. */
  readonly minutes?: number;
}

const suites: Readonly<Record<string, Suite>> = {
  unit: { ending: '.test.ts', seconds: 120, minutes: 10 },
  light: { ending: '.light.test.ts', atOnce: 3, seconds: 600 },
  cluster: { ending: '.cluster.test.ts', atOnce: 1, seconds: 900 },
  e2e: { ending: '.e2e.test.ts', atOnce: 1, seconds: 1_500 },
  haproxy: { ending: '.haproxy.test.ts', atOnce: 2, seconds: 600 },
  long: { ending: '.long.test.ts', atOnce: 1, seconds: 600 },
};

/** The compiled tests of a suite, found by their sources: what was compiled from a deleted file is not run. */
function filesOf({ ending }: Suite): string[] {
  const others = Object.values(suites).filter((suite) => suite.ending.length > ending.length);
  return globSync(`{src,test,tools,examples,demo}/**/*${ending}`)
    .filter((file) => !others.some((other) => file.endsWith(other.ending)))
    .map((file) => `build/${file.replace(/ts$/, 'js')}`)
    .toSorted();
}

const [name = '', ...files] = process.argv.slice(2);
const suite = suites[name];
if (suite === undefined) {
  console.error(`usage: npm run suite -- SUITE [FILE...], with one of ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}
const found = files.length > 0 ? files : filesOf(suite);
const flags = [
  `--test-timeout=${1_000 * suite.seconds}`,
  ...(suite.atOnce === undefined ? [] : [`--test-concurrency=${suite.atOnce}`]),
];
if (found.length === 0) console.log(`${name}: no tests`);
else {
  // told to stop, it names the files that still ran
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...flags, ...found], {
    stdio: 'inherit',
    ...(suite.minutes !== undefined && { timeout: 60_000 * suite.minutes }),
  });
  process.exitCode = status ?? 1;
}
