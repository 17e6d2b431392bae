import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes an executable `kubectl` into a directory: a script that runs the given command. */
export async function writeKubectl(dir: string, command: readonly string[]): Promise<void> {
  const path = join(dir, 'kubectl');
  await writeFile(path, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  await chmod(path, 0o755); // writeFile()'s mode would be subject to the umask
}
