import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { haproxyFolder } from '../../../src/api/names.js';
import { prepareFolder } from '../../../src/gateway/haproxy/bootstrap.js';
import { opensslEnvironment } from '../../../src/gateway/haproxy/openssl.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { tied } from './subject.js';

/** A HAProxy that no gateway has started, as in the pods of the install manifests. */
export interface Beside extends AsyncDisposable {
  /** What it shares with its gateway. */
  readonly directory: string;
  /** Kills it; a kubelet would start it again. */
  kill(): Promise<void>;
  /** Starts it, with what is in the folder. */
  start(): void;
}

/** Prepares a folder and starts HAProxy 3.0 in it, with the flags that the manifests give. */
export async function startBeside(): Promise<Beside> {
  const { program } = await ensureHaproxy(quiet);
  const directory = join(await mkdtemp(join(tmpdir(), 'haproxy-')), 'shared');
  const { config, master } = haproxyFolder;
  const [command, ...leading] = tied(program);
  let child: ChildProcess;
  await prepareFolder(directory);

  function start(): void {
    const flags = ['-W', '-S', `${join(directory, master)},level,admin,mode,600`];
    // a group of its own: killed whole, as a container is
    child = spawn(command, [...leading, ...flags, '-f', join(directory, config)], {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, ...opensslEnvironment(directory) },
    });
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'exit');
  }

  start();
  return {
    ...{ directory, kill, start },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(join(directory, '..'), { recursive: true });
    },
  };
}
