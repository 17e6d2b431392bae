import { before, test } from 'node:test';
import { inTurns } from '../../tools/clusters/turns.js';
import { tellOutcome, runSealed } from '../../tools/clusters/sealed.js';

/** How a story went: what it tells a reader of the test's result, and what failed. */
interface Ending {
  readonly told: readonly string[];
  readonly failure?: string;
}

/**
 * Plays stories, and ends the process with how they went: for the program of {@link testSealed}.
 *
 * @param play plays one; lines that it tells are for a reader of the test's result
 * @param atOnce how many are played at once
 */
export async function playSealed<Name extends string>(
  names: readonly Name[],
  play: (name: Name, tell: (line: string) => void) => Promise<void>,
  atOnce = 1,
): Promise<never> {
  const endings: Record<string, Ending> = {};
  await inTurns(names, atOnce, async (name) => {
    const told: string[] = [];
    const began = performance.now();
    const failure = await play(name, (line) => void told.push(line)).then(
      () => ({}),
      (error: Error) => ({ failure: error.stack ?? error.message }),
    );
    endings[name] = { told, ...failure };
    console.log(`${name}: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  });
  // everything that was started dies with us
  return tellOutcome(endings);
}

/**
 * Declares a test for each story of a sealed program.
 *
 * @param titles titles of the tests by the names of the stories
 * @param argument made before the program is run: the program has no network to download anything
 */
export function testSealed(
  program: URL,
  titles: Readonly<Record<string, string>>,
  {
    argument,
    progress = () => {},
  }: { readonly argument: () => unknown; readonly progress?: (line: string) => void },
): void {
  let endings: Readonly<Record<string, Ending>> = {};
  before(async () => {
    endings = await runSealed(program, await argument(), progress);
  });
  for (const [name, title] of Object.entries(titles))
    test(title, (t) => {
      const { told, failure } = endings[name] ?? { told: [], failure: 'it was not played' };
      for (const line of told) t.diagnostic(line);
      if (failure !== undefined) throw new Error(failure);
    });
}
