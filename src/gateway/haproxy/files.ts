import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';

/** Writes the files of a folder, each only when its text has changed. */
export interface Files {
  /** The file holds the text from its first byte to its last whenever somebody opens it. @returns whether it changed */
  write(path: string, text: string): Promise<boolean>;
}

/** Makes the folder, readable by nobody else, unless it is there. */
export async function openFolder(directory: string): Promise<Files> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const known = new Map<string, string>();
  return {
    async write(path, text) {
      if (known.get(path) === text) return false;
      const temporary = `${path}.${randomUUID()}`;
      try {
        await writeFile(temporary, text, { mode: 0o600 });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      known.set(path, text);
      return true;
    },
  };
}
