import { closeSync, openSync, writeSync } from 'node:fs';
import { differing } from '../../runtime/immutable.js';
import { replaceFile } from './files.js';
import { lineOf, linesOf, type Entries } from './maps.js';

/** Writes the files of maps, from which HAProxy starts. */
export interface MapFiles {
  /** Whenever somebody reads the file, no key is there twice, and no entry that is gone or has not come. */
  write(path: string, entries: Entries): Promise<void>;
}

/** The known content of a file. */
interface Written {
  readonly entries: Entries;
  /** Where the line of each key begins, in bytes. */
  readonly places: Map<string, number>;
  /** Its length, and how much of that are lines that no longer count. */
  length: number;
  dead: number;
}

/** A file of fewer bytes is written as a whole: that costs no more than to edit it. */
const small = 64 << 10;

/** From this many changes on, a file is written as a whole. */
const manyChanges = 200;

/** HAProxy ignores lines that begin with it (configuration manual, `map`). */
const mark = '#';

/**
 * Keeps the files of maps. A change of one entry among 10,000 is written into the file as it is: the line of an entry that
 * is gone becomes a comment, and a new line is a comment until it is complete, so that a HAProxy that reads meanwhile sees
 * each entry as a whole or not at all. A file that consists of comments by half is written anew.
 */
export function createMapFiles(): MapFiles {
  const files = new Map<string, Written>();

  return {
    async write(path, entries) {
      const known = files.get(path);
      const changed = known === undefined ? [] : differing(known.entries, entries);
      if (known !== undefined && changed.length === 0) return;
      files.delete(path);
      const edits = known !== undefined && known.length >= small && changed.length <= manyChanges;
      if (edits && known.dead * 2 <= known.length) files.set(path, edit(path, known, { entries, changed }));
      else {
        await replaceFile(path, linesOf(entries));
        files.set(path, writtenOf(entries));
      }
    },
  };
}

function writtenOf(entries: Entries): Written {
  const places = new Map<string, number>();
  let length = 0;
  for (const [key, value] of entries) {
    places.set(key, length);
    length += Buffer.byteLength(lineOf(key, value));
  }
  return { entries, places, length, dead: 0 };
}

/** The folder is in memory, where a write takes microseconds, and nothing is to come between two of them. */
function edit(
  path: string,
  { places, length, dead, entries: before }: Written,
  { entries, changed }: { readonly entries: Entries; readonly changed: readonly string[] },
): Written {
  const file = openSync(path, 'r+');
  try {
    for (const key of changed) {
      const place = places.get(key);
      if (place === undefined) continue;
      writeSync(file, mark, place);
      places.delete(key);
      dead += Buffer.byteLength(lineOf(key, before.get(key) ?? ''));
    }
    const fresh = changed.flatMap((key) => {
      const value = entries.get(key);
      return value === undefined ? [] : [[key, lineOf(key, value)] as const];
    });
    writeSync(file, fresh.map(([, line]) => mark + line.slice(1)).join(''), length);
    for (const [key, line] of fresh) {
      writeSync(file, line.slice(0, 1), length);
      places.set(key, length);
      length += Buffer.byteLength(line);
    }
    return { entries, places, length, dead };
  } finally {
    closeSync(file);
  }
}
