import { link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './files.js';
import { writeOpensslConfig } from './openssl.js';
import { fileNames } from './render/layout.js';

/**
 * A configuration that every version accepts and that listens on nothing: HAProxy runs and waits for more. By default
 * HAProxy would prepare for as many connections as the system grants descriptors, which may be a billion.
 */
export function bootstrap(directory: string): string {
  return `global\n  maxconn 100\n  stats socket ${join(directory, fileNames.admin)} mode 600 level admin\n`;
}

/**
 * Makes a folder in which HAProxy can start before its agent has written anything. Existing files stay: after a
 * restart HAProxy begins with its last configuration.
 *
 * @returns whether there was nothing yet
 * @throws an Error when the folder is not ours alone
 */
export async function prepareFolder(directory: string): Promise<boolean> {
  await makeFolder(directory);
  await writeOpensslConfig(directory);
  const config = join(directory, fileNames.config);
  const temporary = `${config}.${process.pid}.new`;
  try {
    await writeFile(temporary, bootstrap(directory), { mode: 0o600 });
    // unlike a rename it leaves an existing file alone, and nobody ever reads half of a file
    await link(temporary, config);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
