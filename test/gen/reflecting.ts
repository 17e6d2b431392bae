import { afterEach, beforeEach } from 'node:test';
import type { ConfigMap } from '../../src/api/objects.js';
import { configMaps } from '../../src/api/resources.js';
import { createKube, type KubeClient } from '../../src/runtime/kube.js';
import { silent } from '../../src/runtime/log.js';
import {
  createReflector,
  type Reflector,
  type ReflectorOptions,
} from '../../src/runtime/reflector/reflector.js';
import { startFakeApi, type FakeApi, type OpenWatch } from '../fakeapi/fakeapi.js';
import { eventually } from '../driver/eventually.js';
import { fakeClock, type FakeClock } from './clock.js';

/** The API server of the test that runs. */
export let api: FakeApi;
/** Its client. */
export let kube: KubeClient;
/** The reflector's clock. */
export let clock: FakeClock;
/** Stops the reflector. */
export let stop: AbortController;
/** Resolves when the reflector has stopped. */
export let over: Promise<void>;
/** What the cache told of, as `added a`. */
export let seen: string[];
/** The reflector that was made last. */
export let reflector: Reflector<ConfigMap>;

/** Gives each test of a file a reflector of its own, whose parts are what this module exports. */
export function useReflector(): void {
  beforeEach(async () => {
    api = await startFakeApi();
    kube = createKube(api.config, { fieldManager: 'tester' });
    clock = fakeClock();
    stop = new AbortController();
    over = Promise.resolve();
    seen = [];
  });
  afterEach(async () => {
    stop.abort();
    await kube.close();
    await api.close();
    await over;
  });
}

/** A ConfigMap of namespace `default`. */
export function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

/** Makes a reflector that does not run yet. */
export function make(o: Partial<ReflectorOptions<ConfigMap>> = {}): Reflector<ConfigMap> {
  reflector = createReflector(kube, configMaps, { clock, log: silent, random: () => 0, ...o });
  reflector.cache.onChange(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
  return reflector;
}

/** Lets the reflector that was made run until the test is over. */
export function start(): Reflector<ConfigMap> {
  over = reflector.run(stop.signal);
  return reflector;
}

/** Makes a reflector that runs. */
export function run(o: Partial<ReflectorOptions<ConfigMap>> = {}): Reflector<ConfigMap> {
  make(o);
  return start();
}

/** Makes a reflector that runs, waits for its first list, and gives its watch. */
export async function synced(o: Partial<ReflectorOptions<ConfigMap>> = {}): Promise<OpenWatch> {
  await run(o).whenSynced();
  return watching();
}

/** The watch that is open, once one is. */
export const watching = (): Promise<OpenWatch> => eventually(() => api.watches()[0] ?? false);

/** How many lists, or pages of one, were asked for. */
export const lists = () => api.seen.filter(({ method, watch }) => method === 'GET' && !watch).length;

/** What is in the cache. */
export const names = () =>
  reflector.cache
    .list()
    .map(({ metadata }) => metadata.name)
    .sort();

/** Moves time on until something has happened that takes the network, too. */
export const waitFor = (condition: () => boolean, step = 1_000) =>
  eventually(async () => condition() || (await clock.advance(step), condition()), 20_000, 2);
