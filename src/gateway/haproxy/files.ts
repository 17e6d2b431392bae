import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';

/** Writes the files of a folder, each only if its text has changed. */
export interface Files {
  /** Whenever somebody opens the file, it holds a complete text. @returns whether it changed */
  write(path: string, text: string): Promise<boolean>;
}

/**
 * Makes the folder, unless it exists. It holds keys, and sockets that accept any command.
 *
 * @throws an Error when the folder is another user's, or another user can enter it
 */
export async function makeFolder(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stats = await lstat(directory);
  const own = process.getuid?.() ?? stats.uid;
  const problem = !stats.isDirectory()
    ? 'is no folder'
    : stats.uid !== own
      ? `belongs to user ${stats.uid}, not to ${own} as which this runs`
      : (stats.mode & 0o077) !== 0
        ? 'is open to others'
        : undefined;
  if (problem !== undefined)
    throw new Error(
      `${directory} ${problem}: name a folder of our own with --haproxy-directory, or make this one so (chmod 700, chown)`,
    );
}

/** Opens a folder, and makes it if it does not exist. @throws an Error when it is not ours alone */
export async function openFolder(directory: string): Promise<Files> {
  await makeFolder(directory);
  const known = new Map<string, string>();
  return {
    async write(path, text) {
      if (known.get(path) === text) return false;
      await replaceFile(path, text);
      known.set(path, text);
      return true;
    },
  };
}

/** Writes a file, for nobody else to read. Whenever somebody opens it, it holds a complete text. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
