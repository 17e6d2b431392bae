import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../src/api/objects.js';
import { keyOf } from '../../src/api/resources.js';

/** One change of one object. */
export interface Entry {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** All objects of one kind, with the history of their changes. */
export interface Collection {
  get(key: string): KubeObject | undefined;
  list(): KubeObject[];
  /** Stores a new object; fills uid, resourceVersion and creationTimestamp. */
  add(object: KubeObject): KubeObject;
  /** Stores an object over the one of its name. */
  set(object: KubeObject): KubeObject;
  delete(key: string): KubeObject | undefined;
  /** Changes after that version; undefined when the history does not reach back so far. */
  since(version: number): Entry[] | undefined;
  subscribe(fn: (entry: Entry) => void): () => void;
  backup(): () => void;
  /** Forgets the history. */
  compact(): void;
}

/** All collections; they share one sequence of versions, as they share one etcd. */
export interface Store {
  readonly version: number;
  /** @param id `group/plural` */
  collection(id: string): Collection;
  /** Forgets history: older resource versions are gone. */
  compact(): void;
  /** The returned function makes everything as it is now. */
  backup(): () => void;
}

/** Makes an empty store. */
export function createStore(): Store {
  let version = 100;
  let oldest = 0;
  const collections = new Map<string, Collection>();

  const make = (): Collection => {
    const objects = new Map<string, KubeObject>();
    const history: Entry[] = [];
    const subscribers = new Set<(entry: Entry) => void>();

    const record = (type: Entry['type'], object: KubeObject, previous?: KubeObject) => {
      object.metadata.resourceVersion = String(++version);
      const entry: Entry = { version, type, object: structuredClone(object), ...(previous && { previous }) };
      history.push(entry);
      for (const subscriber of [...subscribers]) subscriber(entry);
    };

    return {
      get: (key) => objects.get(key),
      list: () => [...objects.keys()].sort().map((key) => objects.get(key) as KubeObject),
      add(object) {
        const stored = structuredClone(object);
        stored.metadata.uid = randomUUID();
        stored.metadata.creationTimestamp ??= '2026-01-01T00:00:00Z';
        objects.set(keyOf(stored), stored);
        record('ADDED', stored);
        return stored;
      },
      set(object) {
        const stored = structuredClone(object);
        const previous = objects.get(keyOf(stored));
        objects.set(keyOf(stored), stored);
        record('MODIFIED', stored, previous);
        return stored;
      },
      delete(key) {
        const object = objects.get(key);
        if (object === undefined) return undefined;
        objects.delete(key);
        record('DELETED', structuredClone(object), object);
        return object;
      },
      since: (from) => (from < oldest ? undefined : history.filter((entry) => entry.version > from)),
      subscribe(fn) {
        subscribers.add(fn);
        return () => subscribers.delete(fn);
      },
      backup() {
        const kept = structuredClone([...objects]);
        const length = history.length;
        return () => {
          objects.clear();
          for (const [key, object] of kept) objects.set(key, object);
          history.length = Math.min(history.length, length);
        };
      },
      compact: () => void (history.length = 0),
    };
  };

  return {
    get version() {
      return version;
    },
    collection(id) {
      let found = collections.get(id);
      if (found === undefined) collections.set(id, (found = make()));
      return found;
    },
    compact() {
      oldest = ++version;
      for (const each of collections.values()) each.compact();
    },
    backup() {
      const then = version;
      const restores = [...collections].map(([id, each]) => [id, each.backup()] as const);
      return () => {
        const known = new Map(restores);
        for (const [id, each] of collections)
          if (known.has(id)) known.get(id)?.();
          else for (const object of each.list()) each.delete(keyOf(object));
        version = then;
      };
    },
  };
}
