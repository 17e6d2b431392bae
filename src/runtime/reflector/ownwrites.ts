import type { KubeObject } from '../../api/objects.js';
import { keyOf } from '../../api/resources.js';
import { isOlder } from '../rewind.js';

/**
 * The objects of one kind as the API server has stored our own writes, until the watch has caught up with them.
 * Resource versions of one kind can be compared (KEP-5504).
 */
export interface OwnWrites<T> {
  /** Keeps the answer to a write. */
  note(object: Readonly<T>): void;
  /** Whether what a watch or a list says of an object is from before our latest write to it. */
  isBefore(object: Readonly<T>): boolean;
  /** Forgets the writes up to that version: the watch has reached it. */
  reached(version: string): void;
  /** A list of that version with our writes that it cannot hold yet; the others are forgotten. */
  addTo(listed: readonly T[], version: string): readonly Readonly<T>[];
  /** The newest version of these writes; undefined: the watch has caught up with all of them. */
  readonly newest: string | undefined;
  /** Forgets everything: the server has gone back to an older state. */
  clear(): void;
}

/** Starts with nothing. */
export function createOwnWrites<T extends KubeObject>(): OwnWrites<T> {
  const written = new Map<string, Readonly<T>>();
  const versionOf = (object: Readonly<T>) => object.metadata.resourceVersion ?? '';
  const reached = (version: string) => {
    for (const [key, own] of written) if (!isOlder(version, versionOf(own))) written.delete(key);
  };
  return {
    note(object) {
      written.set(keyOf(object), object);
    },
    isBefore(object) {
      const key = keyOf(object);
      const own = written.get(key);
      if (own === undefined) return false;
      if (isOlder(versionOf(object), versionOf(own))) return true;
      written.delete(key);
      return false;
    },
    reached,
    addTo(listed, version) {
      reached(version);
      if (written.size === 0) return listed;
      return [...listed.filter((object) => !written.has(keyOf(object))), ...written.values()];
    },
    get newest() {
      let newest: string | undefined;
      for (const own of written.values())
        if (newest === undefined || isOlder(newest, versionOf(own))) newest = versionOf(own);
      return newest;
    },
    clear: () => written.clear(),
  };
}
