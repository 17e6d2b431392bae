import type { KubeObject } from '../../api/objects.js';
import { keyOf } from '../../api/resources.js';
import type { WatchEvent } from '../kube.js';
import { isOlder } from '../rewind.js';

/** A write of ours that is under way. */
export interface OwnWrite<T> {
  /** It is over. @param written the API server's answer; absent: it failed */
  end(written?: T): void;
}

/** What becomes of an object when a write of ours is over. */
export interface WriteEnd<T extends KubeObject> {
  /** The object as stored by our write; absent: the write failed, or the cache knows better. */
  readonly own?: T;
  /** What the watch has said of the object meanwhile. */
  readonly event?: WatchEvent<T> & { object: T };
}

/**
 * Our own writes to objects of one kind. An event of the watch may arrive before the answer to the write that caused
 * it, or long after; resource versions of one kind can be compared (KEP-5504).
 */
export interface OwnWrites<T extends KubeObject> {
  /** A write to that object begins. */
  begin(key: string): void;
  /** Takes an event about an object while a write to it is under way; false: none is. */
  hold(event: WatchEvent<T> & { object: T }): boolean;
  /**
   * The write is over. @param position the version that the watch has reached; undefined: what the cache holds is
   * unknown
   */
  end(key: string, written: T | undefined, position: string | undefined): WriteEnd<T>;
  /** Whether what a watch says of an object is from before our latest write to it. */
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

interface Underway<T extends KubeObject> {
  count: number;
  event?: WatchEvent<T> & { object: T };
  /** The version of a list that has come meanwhile. */
  listed?: string;
}

/** Starts with nothing. */
export function createOwnWrites<T extends KubeObject>(): OwnWrites<T> {
  const written = new Map<string, Readonly<T>>();
  const underway = new Map<string, Underway<T>>();
  const versionOf = (object: Readonly<T>) => object.metadata.resourceVersion ?? '';
  const reached = (version: string) => {
    for (const [key, own] of written) if (!isOlder(version, versionOf(own))) written.delete(key);
  };

  /** Whether the cache can be behind this answer. */
  const isNews = (own: T, { event, listed }: Underway<T>, position: string): boolean => {
    if (listed !== undefined && !isOlder(listed, versionOf(own))) return false;
    // a watch that has passed a write without an event does not select this object
    if (event === undefined && !isOlder(position, versionOf(own))) return false;
    const earlier = written.get(keyOf(own));
    return earlier === undefined || !isOlder(versionOf(own), versionOf(earlier));
  };

  return {
    begin(key) {
      const its = underway.get(key) ?? { count: 0 };
      its.count += 1;
      underway.set(key, its);
    },
    hold(event) {
      const its = underway.get(keyOf(event.object));
      if (its === undefined) return false;
      its.event = event;
      return true;
    },
    end(key, own, position) {
      const its = underway.get(key) ?? { count: 1 };
      its.count -= 1;
      if (its.count === 0) underway.delete(key);
      const event = its.count === 0 ? its.event : undefined;
      if (own === undefined || position === undefined || !isNews(own, its, position))
        return event === undefined ? {} : { event };
      if (isOlder(position, versionOf(own))) written.set(key, own);
      const isOld = event !== undefined && isOlder(versionOf(event.object), versionOf(own));
      return event === undefined || isOld ? { own } : { own, event };
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
      for (const its of underway.values()) {
        its.listed = version;
        delete its.event;
      }
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
