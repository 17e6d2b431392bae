import { egressPorts } from '../api/names.js';

/** A freed port is given to nobody else for this long (ms): a stale connection must never reach another service. */
export const quarantine = 10 * 60_000;

/** Beyond this share of the range nothing is given out, so that freed ports can rest. */
const fullAt = 0.8;

/** The number of ports that one record adds. */
const blockSize = 64;

/** The record that must be written before a port of a new block is given out. */
export interface PortRecord {
  readonly cursor: number;
  /** Ports in use, resting or written ahead. */
  readonly used: ReadonlySet<number>;
}

/** A port that had a holder when the process started. */
export interface HeldPort {
  readonly owner: string;
  readonly port: number;
  /** Decides double claims: the smaller value keeps the port. */
  readonly seniority: string;
}

/** The outcome of a claim: a port, a record to write first, or nothing left. */
export type PortClaim =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'record'; readonly record: PortRecord }
  | { readonly kind: 'exhausted' };

/**
 * Gives out egress ports. The cursor only moves forward, and a block of ports is recorded before any of them is used.
 * So after a restart every port that may have been used either has a holder or rests.
 */
export class PortAllocator {
  readonly #owners = new Map<string, number>();
  readonly #held = new Map<number, string>();
  readonly #restingUntil = new Map<number, number>();
  readonly #ahead = new Set<number>();
  readonly #isElsewhere: (port: number) => boolean;
  readonly #first: number;
  readonly #last: number;
  #cursor: number;

  /** @param options.isElsewhere whether another allocator has that port @default there is no other */
  constructor(
    record: PortRecord,
    held: readonly HeldPort[],
    options: { now: number; first?: number; last?: number; isElsewhere?: (port: number) => boolean },
  ) {
    this.#isElsewhere = options.isElsewhere ?? (() => false);
    this.#first = options.first ?? egressPorts.first;
    this.#last = options.last ?? egressPorts.last;
    this.#cursor = record.cursor;
    for (const { owner, port } of held.toSorted((a, b) => (a.seniority < b.seniority ? -1 : 1))) {
      if (!this.#inRange(port) || this.#held.has(port) || this.#owners.has(owner)) continue;
      this.#held.set(port, owner);
      this.#owners.set(owner, port);
    }
    for (const port of record.used) {
      if (this.#inRange(port) && !this.#held.has(port))
        this.#restingUntil.set(port, options.now + quarantine);
    }
  }

  /** The port of that owner: its present one, or a new one. */
  claim(owner: string, now: number): PortClaim {
    const port = this.#owners.get(owner);
    if (port !== undefined) return { kind: 'port', port };
    if (this.#held.size >= fullAt * (this.#last - this.#first + 1)) return { kind: 'exhausted' };
    for (const next of this.#ahead) {
      this.#ahead.delete(next);
      // if the record was lost meanwhile, another allocator may have it
      if (this.#isElsewhere(next)) continue;
      this.#held.set(next, owner);
      this.#owners.set(owner, next);
      return { kind: 'port', port: next };
    }
    const block = this.#nextBlock(now);
    if (block.length === 0) return { kind: 'exhausted' };
    return {
      kind: 'record',
      record: {
        cursor: (block.at(-1) ?? this.#cursor) + 1,
        used: new Set([...this.used(now), ...block]),
      },
    };
  }

  /** The record has been written: its new ports may be given out. */
  recorded({ cursor, used }: PortRecord, now: number): void {
    const known = this.used(now);
    for (const port of used) if (!known.has(port)) this.#ahead.add(port);
    this.#cursor = cursor;
  }

  /** Frees the port of that owner; the port rests before another owner gets it. */
  release(owner: string, now: number): void {
    const port = this.#owners.get(owner);
    if (port === undefined) return;
    this.#owners.delete(owner);
    this.#held.delete(port);
    this.#restingUntil.set(port, now + quarantine);
  }

  /** All owners with their ports. */
  owners(): IterableIterator<[string, number]> {
    return this.#owners.entries();
  }

  #inRange(port: number): boolean {
    return port >= this.#first && port <= this.#last;
  }

  /** Ports in use or resting. */
  used(now: number): Set<number> {
    for (const [port, until] of this.#restingUntil) if (until <= now) this.#restingUntil.delete(port);
    return new Set([...this.#held.keys(), ...this.#restingUntil.keys()]);
  }

  #nextBlock(now: number): number[] {
    const used = this.used(now);
    const size = this.#last - this.#first + 1;
    const start = this.#inRange(this.#cursor) ? this.#cursor - this.#first : 0;
    const block: number[] = [];
    for (let step = 0; step < size && block.length < blockSize; step += 1) {
      const port = this.#first + ((start + step) % size);
      if (!used.has(port) && !this.#isElsewhere(port)) block.push(port);
    }
    return block;
  }
}

/** The record as the data of a ConfigMap: the cursor, and a bit for each used port. */
export function encodeRecord({ cursor, used }: PortRecord): Record<string, string> {
  const bits = Buffer.alloc(Math.ceil((egressPorts.last - egressPorts.first + 1) / 8));
  for (const port of used) {
    const bit = port - egressPorts.first;
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return { cursor: String(cursor), used: bits.toString('base64') };
}

/** Reads what {@link encodeRecord} has written; missing or broken data counts as an empty record. */
export function decodeRecord(data: Readonly<Record<string, string>> | undefined): PortRecord {
  const cursor = Number(data?.['cursor'] ?? egressPorts.first);
  const bits = Buffer.from(data?.['used'] ?? '', 'base64');
  const used = new Set<number>();
  bits.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1)
      if ((byte & (1 << bit)) !== 0) used.add(egressPorts.first + index * 8 + bit);
  });
  return { cursor: Number.isInteger(cursor) ? cursor : egressPorts.first, used };
}
