/** Takes one line for the person who waits. */
export type Progress = (line: string) => void;

/** Writes to standard error, so that standard output stays for results. */
export const toStderr: Progress = (line) => void process.stderr.write(`${line}\n`);

/** Says nothing: for tests, whose output is the test report. */
export const quiet: Progress = () => undefined;

/** Says that something begins, every 15 s that it still runs, and how long it took when it is done. */
export async function step<T>(title: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  progress(`${title} ...`);
  const reminder = setInterval(() => progress(`${title} ... ${elapsed()}`), 15_000);
  try {
    const result = await work();
    progress(`${title}: done in ${elapsed()}`);
    return result;
  } catch (error) {
    progress(`${title}: failed after ${elapsed()}`);
    throw error;
  } finally {
    clearInterval(reminder);
  }
}
