import { quarantine } from './ports.js';

/** The parties against which an egress port counts. */
export interface Parties {
  /** UID of the mirror. */
  readonly mirror: string;
  readonly namespace: string;
  readonly link: string;
}

/**
 * Most egress ports of each party, of 20,000 in all. Freed ports count while they rest, so that making and deleting
 * mirrors uses up no more than keeping them.
 */
export const portBounds: Readonly<Record<keyof Parties, number>> = {
  mirror: 256,
  namespace: 2_048,
  link: 8_192,
};

/** A party that has as many ports as it may. */
export interface Full {
  readonly of: keyof Parties;
  /** The number of its ports that are freed and still rest. */
  readonly resting: number;
}

/** Counts the egress ports of mirrors, namespaces and links. */
export interface PortShares {
  /** The party that can have no further port; undefined: all can. */
  full(parties: Parties, now: number): Full | undefined;
  hold(parties: Parties): void;
  /** Frees a port, which counts until it has rested. */
  free(parties: Parties, now: number): void;
  /** Forgets the held ports, and keeps those that rest. */
  reopen(): void;
}

const kinds = ['mirror', 'namespace', 'link'] as const;

/** Starts with no ports; times are in milliseconds by a monotonic clock. */
export function createPortShares(bounds: Readonly<Record<keyof Parties, number>> = portBounds): PortShares {
  const held = new Map<string, number>();
  const resting = new Map<string, number>();
  /** In the order in which their rest ends. */
  const rests: { readonly parties: Parties; readonly until: number }[] = [];

  function add(counts: Map<string, number>, parties: Parties, difference: 1 | -1): void {
    for (const kind of kinds) {
      const key = `${kind} ${parties[kind]}`;
      const count = (counts.get(key) ?? 0) + difference;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
    }
  }

  function awake(now: number): void {
    let over = 0;
    while (over < rests.length && (rests[over]?.until ?? now) <= now) over += 1;
    for (const { parties } of rests.splice(0, over)) add(resting, parties, -1);
  }

  return {
    full(parties, now) {
      awake(now);
      for (const of of kinds) {
        const key = `${of} ${parties[of]}`;
        const rest = resting.get(key) ?? 0;
        if ((held.get(key) ?? 0) + rest >= bounds[of]) return { of, resting: rest };
      }
      return undefined;
    },
    hold: (parties) => add(held, parties, 1),
    free(parties, now) {
      add(held, parties, -1);
      add(resting, parties, 1);
      rests.push({ parties, until: now + quarantine });
    },
    reopen: () => held.clear(),
  };
}

/** The message that names the party with too many ports, and the fix. */
export function describeFull({ of, resting }: Full, { namespace, link }: Parties): string {
  const who = {
    mirror: 'one mirror',
    namespace: `all mirrors of namespace "${namespace}" together`,
    link: `all mirrors of Link "${link}" together`,
  }[of];
  const rest = resting === 0 ? '' : `, of which ${resting} were freed and rest for 10 minutes`;
  const fix = of === 'mirror' ? 'mirror fewer ports (spec.ports)' : 'mirror fewer ports, or delete mirrors';
  return `${who} may have ${portBounds[of]} egress ports, and ${of === 'mirror' ? 'has' : 'have'} them${rest}; ${fix}`;
}
