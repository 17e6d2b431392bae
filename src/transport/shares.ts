import { quarantine } from './ports.js';

/** Whom an egress port counts against. */
export interface Parties {
  /** UID of the mirror. */
  readonly mirror: string;
  readonly namespace: string;
  readonly link: string;
}

/**
 * How many egress ports each of them may have, of 20,000 in all, those that rest after they were freed among them: who
 * makes and deletes mirrors uses up no more than who keeps them.
 */
export const portBounds: Readonly<Record<keyof Parties, number>> = {
  mirror: 256,
  namespace: 2_048,
  link: 8_192,
};

/** Who has as many ports as it may. */
export interface Full {
  readonly of: keyof Parties;
  /** Those of its ports that nobody holds any more, and that still rest. */
  readonly resting: number;
}

/** Counts the egress ports of mirrors, namespaces and links. */
export interface PortShares {
  /** Which of the parties can have no further port; undefined: all can. */
  full(parties: Parties, now: number): Full | undefined;
  hold(parties: Parties): void;
  /** A port is freed, and goes on to count until it has rested. */
  free(parties: Parties, now: number): void;
  /** Forgets what is held, and keeps what rests. */
  reopen(): void;
}

const kinds = ['mirror', 'namespace', 'link'] as const;

/** Counts nothing yet; times are in milliseconds by a monotonic clock. */
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

/** Says who has too many ports, and what to do about it. */
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
