/**
 * The flags with which Node runs in the image. docs/performance.md ("Memory") says what each gives.
 *
 * - A small young generation is filled and emptied more often. Left to itself it grows to 32 MiB.
 * - undici reads HTTP with a WebAssembly module. V8's optimizing compiler takes 20 MiB once to compile it anew, and the
 *   result is no faster.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=2', '--liftoff-only'];

/** The environment of Node in the image: glibc gives each thread an arena of its own, and gives nothing of them back. */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
};
