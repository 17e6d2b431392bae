import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../clusters/exec.js';
import { waitFor } from '../../../clusters/wait.js';
import type { Separate } from './imported.js';
import { isWrite } from '../requests.js';

/** What a process has taken of a CPU when it first writes, in a London with one mirror, its files read from the disk. */
export const start: Separate = async (context, name) => {
  const london = await context.openLondon({ mirrors: 1 });
  const node = join(context.folder, 'node');
  try {
    // a copy, because nothing can be dropped of a program that runs, and this process is Node, too
    await copyFile(process.execPath, node);
    const begin = await context.prepare(name, london, node);
    await dropFromCache([node, ...context.programs.files]);
    return await context.step(`${name}: start`, async () => {
      const subject = begin();
      const written = async () =>
        (await london.requests()).some(({ verb }) => isWrite(`${verb} `)) && (await subject.cpu());
      const cpu = await subject.until(waitFor('its first write', written, { every: 2 }));
      const elapsed = performance.now() - subject.startedAt;
      await subject.stop();
      return { start: { cpu, elapsed } };
    });
  } finally {
    await london.close();
  }
};

/** Writes files to the disk and drops them from the page cache, as `dd` does it (posix_fadvise(2), POSIX_FADV_DONTNEED). */
async function dropFromCache(files: readonly string[]): Promise<void> {
  await run(['sync', ...files]);
  for (const file of files) await run(['dd', `if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
}
