import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { createSerial } from '../../runtime/serial.js';
import {
  bringCredentials,
  type WorkerCredentials,
  freshCredentials,
  unknownCredentials,
} from './credentials.js';
import { LoadError } from './faults.js';
import { openFolder, type Files } from './files.js';
import { identityScript } from './lua.js';
import { createMapFiles } from './mapfiles.js';
import { applyPlans, type Entries, type Plan, planMap, readEntries, shared, without } from './maps.js';
import { PauseError } from './pauses.js';
import type { Haproxy } from './process.js';
import { causesOf, createReloads, type Reloads } from './reloads.js';
import { fileNames, type Parts, pathOf, type Rendered, type ServerState } from './render/layout.js';
import { shapeOf } from './render/slots.js';
import { SocketError, type Worker } from './runtime.js';
import { atStart, steer } from './servers.js';

/** The events of a keeper. */
export interface KeeperEvents {
  /** A new worker has taken over. */
  reloaded(): void;
  /** Entries of a map in force. */
  entries(map: string, count: number): void;
}

/** Keeps HAProxy on the last rendered configuration. */
export interface Keeper {
  /**
   * Puts the rendered state in force. First it removes from the maps what is no longer wanted, so that a later failure
   * cannot keep it in force. Then it writes the files, because a HAProxy that starts again reads them, and then it changes
   * the running one. Only additions to a map are sent first and written a little later: a HAProxy that starts again in
   * between lacks new entries until the next check, and never has removed ones.
   *
   * A change that needs a reload may have to wait, because each reload leaves a worker behind. Until then the state before
   * stays in force, less what is no longer wanted; if only CAs or our certificate wait, all the rest is in force. Our
   * certificate waits only while the most allowed old workers live, so no peer decides when it is renewed. The wait of other
   * changes depends on their cause ({@link Reloads}).
   *
   * @param now reloads without waiting
   * @throws PauseError, LoadError, CommandError or SocketError; the next call does what is missing
   */
  keep(wanted: Rendered, now?: 'now'): Promise<void>;
  /**
   * Checks whether HAProxy still has what it was given. One that was started again while the desired configuration is
   * refused gets the one before, less what is no longer wanted.
   *
   * @returns whether what is wanted is to be kept again
   */
  check(): Promise<boolean>;
  /** As that of {@link Reloads}. */
  pause(): Promise<number>;
  /** Writes what is not written yet. */
  settle(): Promise<void>;
}

/** The known state of a worker. */
interface InForce {
  readonly worker: Worker;
  /** As its file has it; another one of the same shape runs as well. */
  config: string;
  /** The parts whose change needs a reload; undefined: a worker from before. */
  parts: Parts | undefined;
  readonly credentials: WorkerCredentials;
  readonly maps: Map<string, Entries>;
  /** Undefined: the worker may have other entries. */
  servers: ReadonlyMap<string, ServerState> | undefined;
}

/** Milliseconds until new entries are in a map's file: a burst of them is written once. */
const fileLag = 200;

/** A keeper of the HAProxy of a folder. */
export function createKeeper(options: {
  readonly directory: string;
  readonly haproxy: Haproxy;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: KeeperEvents;
  /** Ends the sessions of workers. */
  readonly end: (workers: readonly Worker[]) => Promise<unknown>;
}): Keeper {
  const { directory, haproxy, clock, log, events, end } = options;
  let folder: Promise<Files> | undefined;
  let wanted: Rendered | undefined;
  let inForce: InForce | undefined;
  /** HAProxy was not there, or was another one than before, and does not have the desired state yet. */
  let missed = false;
  /** The last configuration was refused, or has to wait: the one before is in force. */
  let refused = false;
  /** The whole state that was last in force. */
  let good: Rendered | undefined;
  const reloads: Reloads = createReloads({ haproxy, clock, log, end });
  let cancelWriting = () => {};
  /** Maps that are not in their files yet. */
  let unwritten: Rendered | undefined;
  const writing = createSerial();
  const mapFiles = createMapFiles();

  async function keep(next: Rendered, now?: 'now'): Promise<void> {
    wanted = next;
    const additions = await withdraw(next);
    await writeFiles(next, { additions });
    try {
      await bring(next, now);
    } catch (error) {
      refused = error instanceof LoadError || error instanceof PauseError;
      // the previous worker goes on, and more may have to be removed from it before the next configuration is
      // accepted
      if (!refused) inForce = undefined;
      if (!(error instanceof SocketError)) throw error;
      // HAProxy was started again in between, or was not there
      missed = true;
      await writeMaps(next);
      await bring(next, now);
    }
    good = next;
    missed = false;
    refused = false;
  }

  /** Whether there was nothing to withdraw, and only new map entries are left to send. */
  async function withdraw({ config, maps: next }: Rendered): Promise<boolean> {
    if (inForce === undefined) return false;
    const { worker, maps } = inForce;
    let additions = inForce.config === config;
    const left = new Map<string, Entries>();
    const plans = new Map<string, Plan>();
    try {
      for (const [path, entries] of next) {
        if (!maps.has(path)) additions = false;
        const current = maps.get(path) ?? (await show(worker, path));
        const kept = current === undefined ? undefined : without(current, entries);
        if (kept === undefined) continue;
        additions = false;
        left.set(path, kept);
        plans.set(path, planMap(path, current, kept));
      }
      await change(inForce, plans, left);
    } catch (error) {
      // the worker may be gone, so its state is not known any more
      inForce = undefined;
      log.warn('haproxy was not told what it has no longer to do', { error: (error as Error).message });
      return false;
    }
    return additions;
  }

  async function writeFiles(next: Rendered, { additions }: { additions: boolean }): Promise<void> {
    const { certificate, bundles, lists = [] } = next;
    const files = await (folder ??= openFolder(directory));
    await files.write(pathOf({ directory }, fileNames.script), identityScript);
    for (const { path, text } of [certificate, ...bundles, ...lists]) await files.write(path, text);
    if (additions) {
      cancelWriting();
      unwritten = next;
      cancelWriting = clock.after(fileLag, () => void settle());
    } else await writeMaps(next);
  }

  /** One after the other, so that an older state never comes last. */
  function writeMaps({ maps }: Rendered): Promise<void> {
    cancelWriting();
    unwritten = undefined;
    return writing(async () => {
      await (folder ??= openFolder(directory));
      for (const [path, entries] of maps) await mapFiles.write(path, entries);
    });
  }

  async function settle(): Promise<void> {
    try {
      await (unwritten === undefined ? writing(async () => {}) : writeMaps(unwritten));
    } catch (error) {
      log.warn('a map file could not be written', { error });
    }
  }

  async function bring(next: Rendered, now?: 'now'): Promise<void> {
    if (inForce !== undefined && shapeOf(inForce.config) !== shapeOf(next.config))
      inForce = await load(next, now);
    inForce ??= (await adopt(next)) ?? (await load(next, now));
    const waiting = await certify(inForce, next, now);
    const { worker, maps } = inForce;
    if (inForce.config !== next.config) {
      await haproxy.store(next.config);
      inForce.config = next.config;
    }
    const plans = new Map<string, Plan>();
    for (const [path, entries] of next.maps)
      plans.set(path, planMap(path, maps.get(path) ?? (await show(worker, path)), entries));
    await change(inForce, plans, next.maps);
    for (const [path, { size }] of next.maps) events.entries(path, size);
    const before = inForce.servers;
    inForce.servers = undefined;
    await steer(worker, before, next.servers);
    inForce.servers = next.servers;
    if (waiting !== undefined) throw waiting;
    inForce.parts = next.parts;
  }

  /** Sends certificates of all kinds, and returns why some have to wait. */
  async function certify(
    { worker, credentials }: InForce,
    next: Rendered,
    now?: 'now',
  ): Promise<PauseError | undefined> {
    const missing = await bringCredentials(worker, credentials, { wanted: next, log });
    if (missing.length === 0) return undefined;
    try {
      inForce = await load(next, now ?? (missing.includes(next.certificate.path) ? 'soon' : undefined));
      return undefined;
    } catch (error) {
      if (!(error instanceof PauseError)) throw error;
      return new PauseError(error.ms, error.refusal, missing);
    }
  }

  /** A worker that runs that configuration already, and of which nothing more is known. */
  async function adopt({ config }: Rendered): Promise<InForce | undefined> {
    const worker = await haproxy.running(config);
    if (worker === undefined) return undefined;
    return {
      ...{ worker, config: '', parts: undefined, credentials: unknownCredentials() },
      ...{ servers: undefined, maps: new Map() },
    };
  }

  /** A worker that has just read everything from its files. */
  async function load(next: Rendered, when?: 'now' | 'soon'): Promise<InForce> {
    const { config, parts, servers } = next;
    const worker = await reloads.load(config, causesOf(inForce?.parts, parts), when);
    events.reloaded();
    return {
      ...{ worker, config, parts, credentials: freshCredentials(next) },
      ...{ maps: new Map(), servers: atStart(servers) },
    };
  }

  async function check(): Promise<boolean> {
    if (wanted === undefined) return false;
    // the caller tries a failed part again, but it may never do so if nothing else changes
    const isTheirs = (refused || inForce === undefined) && !missed;
    if (isTheirs && (await haproxy.workers()).length > 0 && inForce === undefined) return false;
    const running = await haproxy.running((refused ? good : wanted)?.config ?? '');
    const known = inForce?.worker;
    if (known !== undefined && running?.pid === known.pid && running.started === known.started) return false;
    inForce = undefined;
    if (!missed) log.warn('haproxy was lost, or started anew', { worker: running?.pid });
    missed = true;
    if (!refused || good === undefined || shapeOf(good.config) === shapeOf(wanted.config)) return true;
    await bring({ ...good, certificate: wanted.certificate, maps: shared(good.maps, wanted.maps) });
    missed = false;
    return false;
  }

  return { keep, check, settle, pause: () => reloads.pause() };
}

/** Changes maps of a worker; while that is under way, and if it fails, their content is unknown. */
async function change(
  { worker, maps }: InForce,
  plans: ReadonlyMap<string, Plan>,
  results: ReadonlyMap<string, Entries>,
): Promise<void> {
  for (const path of results.keys()) maps.delete(path);
  await applyPlans(worker, plans);
  for (const [path, entries] of results) maps.set(path, entries);
}

async function show(worker: Worker, path: string): Promise<Entries | undefined> {
  return readEntries(await worker.ask(`show map ${path}`));
}
