/**
 * The flags with which Node runs in the image. docs/performance.md ("Memory") says what each gives.
 *
 * - A small young generation is filled and emptied more often. Left to itself it grows to 32 MiB.
 * - undici reads HTTP with a WebAssembly module. V8's optimizing compiler takes 20 MiB once to compile it anew, and the
 *   result is no faster.
 * - A loop that runs for long would be compiled while it runs: the first list starts V8's optimizing compiler, whose code
 *   takes 5 MiB. Functions that are called often are compiled all the same.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=2', '--liftoff-only', '--no-use-osr'];

/**
 * The environment of Node in the image. glibc gives each thread an arena of its own, and gives little of them back; once
 * the bundle has been read, it keeps free blocks of that size, too (mallopt(3), M_MMAP_THRESHOLD).
 */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
