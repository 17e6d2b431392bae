import { build } from 'esbuild';
import { join } from 'node:path';

/** Where a bundle was written. */
export interface Bundle {
  readonly script: string;
  readonly sourceMap: string;
}

/** CommonJS packages inside an ES module still ask for `require`. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * Makes one file of the program and all that it needs, from the compiler's output: esbuild itself would drop the types
 * that decorators leave behind.
 *
 * @param entry a compiled module, for example `build/src/cmd/main.js`
 */
export async function bundle(entry: string, folder: string): Promise<Bundle> {
  const script = join(folder, 'main.js');
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    // errors and metrics carry class names
    keepNames: true,
    legalComments: 'eof',
    banner: { js: banner },
    logLevel: 'warning',
  });
  return { script, sourceMap: `${script}.map` };
}
