import { readFileSync } from 'node:fs';

/** Most connections of a gateway at once, and most requests, where it reads requests. */
export interface Caps {
  /** All together. */
  readonly connections: number;
  /** Of one link. */
  readonly perLink: number;
  /** Ingress: to one exported port. */
  readonly perExport: number;
  /**
   * Ingress: of the gateways of one link to the peer channel, and as many of its operator. The process beside HAProxy
   * answers them, with files of its own.
   */
  readonly channels: number;
  /** Ingress: all connections whose TLS handshake has not ended. The rest is for the others. */
  readonly handshakes: number;
}

/**
 * Most files of a connection: where HAProxy reads its requests, two on the way in and two on the way out. With HTTP/2
 * one more, for a concurrent request; there may be as many of these as connections.
 */
export const filesPerConnection = { usual: 4, http2: 5 } as const;

/**
 * Files that connections of clients and peers must leave free: for the API server, the operator and probes, for
 * commands to HAProxy, for a connection that is being refused, and for the signals between threads.
 */
const reserved = 256;

/**
 * The caps in force: the wanted ones, unless there are too few file descriptors, or one link, one export or
 * handshakes could take everything. A single link does not fill an export.
 *
 * @param files that may be open, less the ports that are listened on
 * @param each what a connection takes of them
 */
export function capsOf(
  asked: Partial<Caps>,
  files = filesToOpen(),
  each: number = filesPerConnection.usual,
): Caps {
  const room = Math.max(1, Math.floor((files - reserved) / each));
  const connections = Math.min(asked.connections ?? 8_000, room);
  const share = (part: number) => Math.max(1, Math.floor(connections * part));
  // with fewer, nobody could have the first one: see allowance
  return {
    connections,
    perLink: Math.max(2, Math.min(asked.perLink ?? Infinity, share(1 / 2))),
    perExport: Math.min(asked.perExport ?? Infinity, share(3 / 4)),
    channels: Math.min(asked.channels ?? 64, share(1 / 4)),
    handshakes: Math.max(5, Math.min(asked.handshakes ?? Infinity, share(1 / 2))),
  };
}

/**
 * How often the places of one source count in addition to those of all: a source has at most what it leaves free, or
 * a part of that. A client has half of its link's connections if it is alone; an address has a fifth of all
 * handshakes, and five that flood leave a third.
 */
export const allowance = { ofLink: 1, ofHandshakes: 4 } as const;

/** Most files that a gateway opens: `most`, or fewer if the process may not have so many. */
export function filesToOpen(most = 64_000): number {
  return Math.min(most, openFilesLimit());
}

/**
 * The number of files that a process may have open (proc(5), `limits`; the hard limit, up to which it raises its
 * own).
 */
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
