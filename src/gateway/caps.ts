import { readFileSync } from 'node:fs';

/** How many connections a gateway has at once. */
export interface Caps {
  /** Of all. */
  readonly connections: number;
  /** Of one link. */
  readonly perLink: number;
  /** Ingress: to one exported port. */
  readonly perExport: number;
  /** Ingress: of one source address, while their TLS handshake has not ended. */
  readonly perSource: number;
}

/** What a connection takes at most, where HAProxy reads its requests: two on the way in, two on the way out. */
const filesPerConnection = 4;

/**
 * The caps in force: what was asked for, unless that is more than there are file descriptors, or so much that one link,
 * one export or one address could take everything. A link with all it may have, and an address with all the handshakes
 * it may have, still leave a quarter to others; and a link by itself does not fill an export.
 */
export function capsOf(asked: Partial<Caps>, files = filesToOpen()): Caps {
  const connections = Math.min(asked.connections ?? 8_000, Math.floor(files / filesPerConnection));
  const share = (part: number) => Math.max(1, Math.floor(connections * part));
  return {
    connections,
    perLink: Math.min(asked.perLink ?? Infinity, share(1 / 2)),
    perExport: Math.min(asked.perExport ?? Infinity, share(3 / 4)),
    perSource: Math.min(asked.perSource ?? Infinity, share(1 / 4)),
  };
}

/** How many files a gateway opens at most: `most`, or fewer where the process may not have so many. */
export function filesToOpen(most = 40_000): number {
  return Math.min(most, openFilesLimit());
}

/** How many files a process may have open (proc(5), `limits`; the hard limit, up to which it raises its own). */
export function openFilesLimit(limits = readLimits()): number {
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(limits) ?? [];
  return hard === undefined ? Infinity : Number(hard);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // only Linux has it
    return '';
  }
}
