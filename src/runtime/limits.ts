import type { Rate } from './pace.js';

/** Limits of what is read from one API server. Passing one is a TooLargeError, and nothing of that answer is kept. */
export interface Limits {
  /** Bytes of one object: an answer that is no list, an item of a list, or a line of a watch. */
  readonly objectBytes: number;
  /** Bytes of one list over all its pages. They are read object by object, and not kept. */
  readonly listBytes: number;
  /** Objects of one list over all its pages. */
  readonly listObjects: number;
  /** Bytes of a refusal; the rest is cut off. */
  readonly errorBytes: number;
  /**
   * Bytes of lists and watches over time; a server that sends more is read more slowly. Text that takes long to parse
   * counts as more.
   *
   * @default without bound
   */
  readonly rate?: Rate;
}

const kib = 1024;
const mib = 1024 * kib;

/** For our own API server: its objects are ours, so the limits only serve to notice a broken one. */
export const localLimits: Limits = {
  objectBytes: 32 * mib,
  listBytes: 8 * 1024 * mib,
  listObjects: 1_000_000,
  errorBytes: 16 * kib,
};

/**
 * For the API server of a peer, which may be hostile or broken. 10,000 Services and 10,000 slices of 100 endpoints are
 * two lists of 20 and 400 MB. An object of etcd has at most 1.5 MiB.
 */
export const remoteLimits: Limits = {
  objectBytes: 2 * mib,
  listBytes: 1024 * mib,
  listObjects: 50_000,
  errorBytes: 16 * kib,
  // at first everything at full speed, then 4 MiB/s; parsing those takes a twentieth of a processor
  rate: { burst: 1024 * mib, everyMs: 1_000 / (4 * mib) },
};

/** Bytes that the caches of one remote cluster may hold together: about four times as much as the lists above take. */
export const remoteCacheBytes = 128 * mib;
