import { globSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** What the tests of a suite are called, and how many files may run at once. */
const suites: Readonly<Record<string, { readonly ending: string; readonly atOnce?: number }>> = {
  unit: { ending: '.test.ts' },
  light: { ending: '.light.test.ts', atOnce: 2 },
  cluster: { ending: '.cluster.test.ts', atOnce: 1 },
  e2e: { ending: '.e2e.test.ts', atOnce: 1 },
  haproxy: { ending: '.haproxy.test.ts', atOnce: 1 },
  long: { ending: '.long.test.ts', atOnce: 1 },
};

/** The compiled tests of a suite, found by their sources: what was compiled from a deleted file is not run. */
function filesOf({ ending }: { ending: string }): string[] {
  const others = Object.values(suites).filter((suite) => suite.ending.length > ending.length);
  return globSync(`{src,test,image,examples,demo}/**/*${ending}`)
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
const concurrency = suite.atOnce === undefined ? [] : [`--test-concurrency=${suite.atOnce}`];
if (found.length === 0) console.log(`${name}: no tests`);
else {
  const { status } = spawnSync(
    process.execPath,
    ['--enable-source-maps', '--test', ...concurrency, ...found],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}
