import type { KubeObject, ManagedFields } from '../api/objects.js';
import { trimManagedFields } from './managed.js';
import { createTexts } from './texts.js';

/** Makes a fresh object smaller, in place or as a copy, before a cache keeps it. */
export type Lean = <T extends KubeObject>(object: T) => T;

/** Sets of managed fields that are known at most. */
const mostSets = 1_024;

/**
 * Letters of a set that is known at most; ours have fewer. Whoever writes under our name may make longer ones, and they
 * would stay in memory after their objects have gone.
 */
const longest = 4_096;

/**
 * Makes the transformation for the caches of our own cluster. Objects of one kind differ in few fields: all else is kept
 * once, texts and sets of managed fields. @param manager name of our writes
 */
export function createLean(manager: string): Lean {
  const share = createTexts();
  const sets = new Map<string, ManagedFields>();
  const one = (entry: ManagedFields): ManagedFields => {
    const text = JSON.stringify(entry);
    if (text.length > longest) return entry;
    const there = sets.get(text);
    if (there !== undefined) return there;
    if (sets.size >= mostSets) sets.clear();
    sets.set(text, Object.freeze(entry));
    return entry;
  };
  return (object) => share(trimManagedFields(object, manager, one));
}
