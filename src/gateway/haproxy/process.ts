import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { bootstrap, prepareFolder } from './bootstrap.js';
import { explainFault } from './faults.js';
import { opensslEnvironment, writeOpensslConfig } from './openssl.js';
import { fileNames } from './render/layout.js';
import { shapeOf } from './render/slots.js';
import { ask, readFields, readProcesses, SocketError, type Worker, workerOf } from './runtime.js';
import { askVersion, type ProcessCommand, type Started, startMaster } from './spawn.js';
import { readVersion } from './version.js';

/** HAProxy's master process and its workers. */
export interface Haproxy {
  /** @throws when there is none, or it is too old */
  check(): Promise<void>;
  /**
   * Runs a configuration: starts HAProxy when it is not there, and otherwise reloads it without losing a connection.
   *
   * @throws LoadError when HAProxy does not take it, and then runs what it ran before
   * @throws SocketError when it is not there, and starting it is not up to us
   */
  load(config: string): Promise<Worker>;
  /** Writes a configuration of the same shape to the place from which HAProxy starts. */
  store(config: string): Promise<void>;
  /** The worker that takes new connections if it runs a configuration of this shape; undefined when there is none. */
  running(config: string): Promise<Worker | undefined>;
  /** All workers, also those that only live for their last connections; none when HAProxy is not there. */
  workers(): Promise<readonly Worker[]>;
  /** Whether it was absent at the last request. */
  missing(): boolean;
  /** Frees all ports; connections go on. An absent HAProxy is left alone. @throws LoadError */
  rest(): Promise<void>;
  /** Ends HAProxy with every connection that it carries, if we have started it. */
  stop(): Promise<void>;
}

/** The place of HAProxy, and the command that starts it. */
export interface HaproxyOptions {
  /** Holds configuration and sockets; shared with HAProxy and nobody else. */
  readonly directory: string;
  /** Absent: HAProxy is started by others, in a container beside ours. */
  readonly command?: ProcessCommand;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds in which a new worker must run, and between two looks whether it does. */
const patience = 30_000;
const pause = 20;

/** Handles HAProxy in master-worker mode; one that runs already in the folder is taken over. */
export function createHaproxy({ directory, command, clock, log }: HaproxyOptions): Haproxy {
  const config = join(directory, fileNames.config);
  const master = join(directory, fileNames.master);
  let started: Started | undefined;
  let checked = false;
  let missing = false;

  async function check(): Promise<void> {
    if (checked) return;
    readVersion(await versionText());
    checked = true;
  }

  async function versionText(): Promise<string> {
    if (command !== undefined) return askVersion(command);
    // it may be about to start, with the present files or with these
    await prepareFolder(directory);
    const worker = await until(async () => (await workers())[0]);
    if (worker === undefined) {
      // it may not start with the present files, which only we can fix
      await write(bootstrap(directory));
      throw absent();
    }
    return readFields(await worker.ask('show info')).get('Version') ?? '';
  }

  async function workers(): Promise<Worker[]> {
    return ((await processes())?.workers ?? []).map((worker) => workerOf(master, worker));
  }

  async function processes(): Promise<ReturnType<typeof readProcesses>> {
    try {
      const there = readProcesses(await ask(master, 'show proc'));
      missing = (there?.workers ?? []).length === 0;
      return there;
    } catch (error) {
      missing = true;
      if (error instanceof SocketError) return undefined;
      throw error;
    }
  }

  async function load(text: string): Promise<Worker> {
    const before = await readFile(config, 'utf8').catch(() => undefined);
    await write(stamp(text));
    try {
      const there = await present();
      // no need to wait until it is started: it is looked for again and again
      if (there === undefined && command === undefined) throw absent();
      if (there !== undefined) await reload();
      else await start();
      return await arrival(text);
    } catch (error) {
      if (before !== undefined) await write(before);
      throw error;
    }
  }

  /** There is always a complete configuration for a HAProxy that starts. */
  async function write(text: string): Promise<void> {
    const temporary = `${config}.new`;
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, config);
  }

  /** A HAProxy of ours that does not answer gets some time and is then ended: the next one would share its ports. */
  async function present(): ReturnType<typeof processes> {
    const none = () => (started === undefined ? ('none' as const) : undefined);
    const there = await until(async () => (await processes()) ?? none());
    if (there === undefined && started?.pid !== undefined) await kill(started.pid);
    return there === 'none' ? undefined : there;
  }

  async function kill(pid: number): Promise<void> {
    log.warn('haproxy does not answer, or does not end: it is killed', { pid });
    // its workers are of its group
    signal(-pid, 'SIGKILL');
    await started?.ended;
  }

  async function start(): Promise<void> {
    if (command === undefined) return;
    await writeOpensslConfig(directory);
    started = startMaster(command, { config, master, environment: opensslEnvironment(directory) }, log);
    const mine = started;
    void mine.ended.then(() => {
      if (started === mine) started = undefined;
    });
  }

  async function reload(): Promise<void> {
    const answer = await ask(master, 'reload');
    if (answer.startsWith('Success=0')) throw explainFault(answer);
  }

  /** Waits for the worker that runs a configuration. */
  async function arrival(text: string): Promise<Worker> {
    const mine = started;
    const worker = await until(async () => {
      // one that was killed has not judged the configuration
      if (mine !== undefined && started !== mine)
        throw mine.wasKilled()
          ? new SocketError('HAProxy was killed while it started')
          : explainFault(mine.output());
      return running(text);
    });
    if (worker !== undefined) return worker;
    throw absent();
  }

  function absent(): SocketError {
    const beside = `it must run beside the agent as haproxy -W -S ${master},level,admin,mode,600 -f ${config}`;
    return new SocketError(
      command === undefined ? `HAProxy is not there: ${beside}` : `HAProxy does not answer on ${master}`,
    );
  }

  async function rest(): Promise<void> {
    if ((await processes()) !== undefined) await load(bootstrap(directory));
  }

  async function running(text: string): Promise<Worker | undefined> {
    const current = (await processes())?.workers.find(({ old }) => !old);
    if (current === undefined) return undefined;
    const worker = workerOf(master, current);
    try {
      const fields = readFields(await worker.ask('show info'));
      if (fields.get('description') !== digestOf(text)) return undefined;
      return { ...worker, started: Number(fields.get('Start_time_sec')) };
    } catch (error) {
      if (error instanceof SocketError) return undefined;
      throw error;
    }
  }

  async function until<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    const end = clock.monotonic() + patience;
    for (;;) {
      const found = await look();
      if (found !== undefined || clock.monotonic() > end) return found;
      await clock.sleep(pause);
    }
  }

  async function stop(): Promise<void> {
    const mine = started;
    const pid = mine?.pid ?? (await processes())?.master;
    if (command === undefined || pid === undefined) return;
    signal(pid, 'SIGTERM');
    const isOver = async () => (mine === undefined ? (await processes()) === undefined : started !== mine);
    if ((await until(async () => (await isOver()) || undefined)) === undefined) await kill(pid);
  }

  return {
    check,
    load,
    store: (text) => write(stamp(text)),
    running,
    workers,
    missing: () => missing,
    rest,
    stop,
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile
  }
}

/**
 * The mark by which a worker with this configuration is recognised; addresses, which change at run time, are not in
 * it.
 */
function digestOf(text: string): string {
  return createHash('sha256').update(shapeOf(text)).digest('hex').slice(0, 32);
}

function stamp(text: string): string {
  return `global\n  description ${digestOf(text)}\n${text}\n`;
}
