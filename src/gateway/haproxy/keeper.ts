import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { replaceCertificate } from './certificates.js';
import { LoadError } from './faults.js';
import { openFolder, type Files } from './files.js';
import { identityScript } from './lua.js';
import { applyPlan, type Entries, linesOf, planMap, readEntries, without } from './maps.js';
import type { Haproxy } from './process.js';
import { fileNames, pathOf, type Rendered, type ServerState } from './render/layout.js';
import { shapeOf } from './render/slots.js';
import { SocketError, type Worker } from './runtime.js';
import { atStart, steer } from './servers.js';

/** What is told of the keeping. */
export interface KeeperEvents {
  /** A new worker has taken over. */
  reloaded(): void;
  /** Entries of a map in force. */
  entries(map: string, count: number): void;
}

/** Keeps HAProxy on what was rendered last. */
export interface Keeper {
  /**
   * Makes it so. What is no longer wanted in maps is taken out at once, so that nothing that fails later can keep it in
   * force. Then files first, since a HAProxy that starts anew reads those, then the running one. Only what is added to a
   * map is told first, and written a little later: a HAProxy that starts anew in between lacks what is new until it is
   * looked at, and never has what is gone.
   *
   * @throws LoadError, CommandError or SocketError; the next call does what is missing
   */
  keep(wanted: Rendered): Promise<void>;
  /** Looks whether HAProxy still is as it was kept, and if it was started anew, makes it so again. */
  check(): Promise<void>;
  /** Writes what is still to be written. */
  settle(): Promise<void>;
}

/** What a worker is known to have. */
interface InForce {
  readonly worker: Worker;
  /** As its file has it; another one of the same shape runs as well. */
  config: string;
  /** Undefined: not known. */
  certificate: string | undefined;
  readonly maps: Map<string, Entries>;
  /** Undefined: a worker that may have been told otherwise. */
  servers: ReadonlyMap<string, ServerState> | undefined;
}

/** Milliseconds until new entries are in a map's file: a burst of them is written once. */
const fileLag = 200;

/** A keeper of what runs in a folder. */
export function createKeeper(options: {
  readonly directory: string;
  readonly haproxy: Haproxy;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: KeeperEvents;
}): Keeper {
  const { directory, haproxy, clock, log, events } = options;
  let folder: Promise<Files> | undefined;
  let wanted: Rendered | undefined;
  let inForce: InForce | undefined;
  /** HAProxy was not there, or another one than before, and is not yet what it should be. */
  let missed = false;
  /** The last configuration was refused: what is in force is the one before. */
  let refused = false;
  let cancelWriting = () => {};
  /** Maps that are not in their files yet. */
  let unwritten: Rendered | undefined;
  let writing = Promise.resolve();

  async function keep(next: Rendered): Promise<void> {
    wanted = next;
    const additions = await withdraw(next);
    await writeFiles(next, { additions });
    try {
      await bring(next);
    } catch (error) {
      refused = error instanceof LoadError;
      // the worker before goes on, and more may have to be taken from it before the next one is accepted
      if (!refused) inForce = undefined;
      if (!(error instanceof SocketError)) throw error;
      // HAProxy has been started anew in between, or was not there
      missed = true;
      await writeMaps(next);
      await bring(next);
    }
    missed = false;
    refused = false;
  }

  /** Says whether there was nothing to withdraw, and what is left to tell are new entries of maps alone. */
  async function withdraw({ config, maps: next }: Rendered): Promise<boolean> {
    if (inForce === undefined) return false;
    const { worker, maps } = inForce;
    let additions = inForce.config === config;
    try {
      for (const [path, entries] of next) {
        if (!maps.has(path)) additions = false;
        const current = maps.get(path) ?? (await show(worker, path));
        const kept = current === undefined ? undefined : without(current, entries);
        if (kept === undefined) continue;
        additions = false;
        maps.delete(path);
        await applyPlan(worker, path, planMap(path, current, kept));
        maps.set(path, kept);
      }
    } catch (error) {
      // it may be gone, and what it had with it; whatever it is, it is not known any more
      inForce = undefined;
      log.warn('haproxy was not told what it has no longer to do', { error: (error as Error).message });
      return false;
    }
    return additions;
  }

  async function writeFiles(next: Rendered, { additions }: { additions: boolean }): Promise<void> {
    const { certificate, bundles } = next;
    const files = await (folder ??= openFolder(directory));
    await files.write(pathOf({ directory }, fileNames.script), identityScript);
    for (const { path, text } of [certificate, ...bundles]) await files.write(path, text);
    if (additions) {
      cancelWriting();
      unwritten = next;
      cancelWriting = clock.after(fileLag, () => void settle());
    } else await writeMaps(next);
  }

  /** One after the other: what is older must not come last. */
  function writeMaps({ maps }: Rendered): Promise<void> {
    cancelWriting();
    unwritten = undefined;
    const work = writing.then(async () => {
      const files = await (folder ??= openFolder(directory));
      for (const [path, entries] of maps) await files.write(path, linesOf(entries));
    });
    writing = work.catch(() => {});
    return work;
  }

  async function settle(): Promise<void> {
    try {
      await (unwritten === undefined ? writing : writeMaps(unwritten));
    } catch (error) {
      log.warn('a map file could not be written', { error });
    }
  }

  async function bring(next: Rendered): Promise<void> {
    if (inForce === undefined || shapeOf(inForce.config) !== shapeOf(next.config)) inForce = await run(next);
    const { worker, maps } = inForce;
    if (inForce.config !== next.config) {
      await haproxy.store(next.config);
      inForce.config = next.config;
    }
    if (inForce.certificate !== next.certificate.text) {
      inForce.certificate = undefined;
      await replaceCertificate(worker, next.certificate);
      inForce.certificate = next.certificate.text;
    }
    for (const [path, entries] of next.maps) {
      const current = maps.get(path) ?? (await show(worker, path));
      maps.delete(path);
      await applyPlan(worker, path, planMap(path, current, entries));
      maps.set(path, entries);
      events.entries(path, entries.size);
    }
    const before = inForce.servers;
    inForce.servers = undefined;
    await steer(worker, before, next.servers);
    inForce.servers = next.servers;
  }

  /** A worker with that configuration; only one that has just been started is known to have read our certificate. */
  async function run({ config, certificate, servers }: Rendered): Promise<InForce> {
    const there = await haproxy.running(config);
    if (there !== undefined)
      return { worker: there, config: '', certificate: undefined, maps: new Map(), servers: undefined };
    const worker = await haproxy.load(config);
    events.reloaded();
    log.info('haproxy runs a new configuration', { worker: worker.pid });
    return { worker, config, certificate: certificate.text, maps: new Map(), servers: atStart(servers) };
  }

  async function check(): Promise<void> {
    if (wanted === undefined) return;
    // what failed is tried again by those who asked for it, who may never do if nothing of what they want changes
    const isTheirs = (refused || inForce === undefined) && !missed;
    if (isTheirs && (await haproxy.workers()).length > 0) return;
    const running = await haproxy.running(wanted.config);
    const known = inForce?.worker;
    if (known !== undefined && running?.pid === known.pid && running.started === known.started) return;
    inForce = undefined;
    if (!missed) log.warn('haproxy was lost, or started anew', { worker: running?.pid });
    missed = true;
    await keep(wanted);
  }

  return { keep, check, settle };
}

async function show(worker: Worker, path: string): Promise<Entries | undefined> {
  return readEntries(await worker.ask(`show map ${path}`));
}
