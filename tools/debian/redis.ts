import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../clusters/tied.js';
import { toStderr } from '../clusters/progress.js';
import { ensureUnpacked } from './unpack.js';

/** A Redis server on loopback that keeps nothing. */
export interface Redis extends AsyncDisposable {
  readonly port: number;
}

/** Starts Debian's Redis and waits until it takes connections. */
export async function startRedis(): Promise<Redis> {
  const { program } = await ensureUnpacked(
    { path: 'usr/bin/redis-server', packages: ['redis-server'], folder: 'redis-trixie-1' },
    toStderr,
  );
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const server = spawn(
    program,
    ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(server, 'close');
  let output = '';
  await new Promise<void>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Ready to accept connections')) resolve();
    });
    void ended.then(() => reject(new Error(`Redis has ended: ${output}`)));
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
