/** The ports that an egress gateway may listen on, and how many of them are opened at a time. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
  /** A route in a block that is open already needs no reload; a port that is open takes one file descriptor. */
  readonly block: number;
}

/** The first ports of the blocks in which these ports lie; ports outside of the range are in none. */
export function blocksOf(ports: Iterable<number>, { first, last, block }: PortRange): ReadonlySet<number> {
  const blocks = new Set<number>();
  for (const port of ports) if (port >= first && port <= last) blocks.add(port - ((port - first) % block));
  return blocks;
}

/** The blocks that are open from the start: all, if there is just one. */
export function blocksAtStart(range: PortRange): ReadonlySet<number> {
  return range.block > range.last - range.first ? blocksOf([range.first], range) : new Set();
}

/** Runs of ports, first and last of each. */
export type Runs = readonly { readonly first: number; readonly last: number }[];

/** First and last port of each run of ports in these blocks, ascending; what must be left out, is. */
export function runsOf(
  blocks: Iterable<number>,
  without: ReadonlySet<number>,
  { last, block }: PortRange,
): Runs {
  const runs: { first: number; last: number }[] = [];
  for (const start of [...blocks].sort((a, b) => a - b)) {
    for (let port = start; port < start + block && port <= last; port++) {
      if (without.has(port)) continue;
      const run = runs.at(-1);
      if (run?.last === port - 1) run.last = port;
      else runs.push({ first: port, last: port });
    }
  }
  return runs;
}

/** {@link runsOf} with a memory of its last answer, which for blocks that are the same objects is the same. */
export function createRuns(
  range: PortRange,
): (blocks: ReadonlySet<number>, without: ReadonlySet<number>) => Runs {
  let last: { readonly of: readonly unknown[]; readonly runs: Runs } | undefined;
  return (blocks, without) => {
    if (last?.of[0] !== blocks || last.of[1] !== without)
      last = { of: [blocks, without], runs: runsOf(blocks, without, range) };
    return last.runs;
  };
}
