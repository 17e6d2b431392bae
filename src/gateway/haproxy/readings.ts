import type { Clock } from '../../runtime/clock.js';
import { createSerial } from '../../runtime/serial.js';
import type { GatewayEvents, Refusal } from '../events.js';
import { readFailures } from './failures.js';
import { SocketError, type Worker } from './runtime.js';

/** The counters of one worker since its start. */
export interface Counted {
  readonly links: ReadonlyMap<string, LinkCount>;
  /** By `reason|link`; rules and the failures that they cannot see have no reason in common. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** Connections of a link, and bytes without TLS: `received` from the client side, `sent` to it. */
export interface LinkCount {
  readonly open: number;
  readonly total: number;
  readonly fromClient: number;
  readonly toClient: number;
}

/** Reads a stick table (management guide, `show table`). */
export function readTable(text: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, key, rest] = /\bkey=(\S+) use=\d+ (.*)$/.exec(line) ?? [];
      if (key === undefined || rest === undefined) return [];
      const fields = [...rest.matchAll(/(\w+)(?:\(\d+\))?=(\d+)/g)];
      return [[key, new Map(fields.map(([, name, value]) => [name!, Number(value)]))] as const];
    }),
  );
}

/** Asks a worker; undefined when it is gone. */
async function readCounts(worker: Worker): Promise<Counted | undefined> {
  try {
    const links = readTable(await worker.ask('show table links'));
    const refusals = readTable(await worker.ask('show table refusals'));
    const failures = readFailures(await worker.ask('show stat'));
    const byRules = [...refusals].map(([key, fields]) => [key, fields.get('conn_cnt') ?? 0] as const);
    return {
      links: new Map([...links].map(([link, fields]) => [link, countOf(fields)])),
      refusals: new Map([...byRules, ...failures]),
    };
  } catch (error) {
    if (error instanceof SocketError) return undefined;
    throw error;
  }
}

function countOf(fields: ReadonlyMap<string, number>): LinkCount {
  const field = (name: string) => fields.get(name) ?? 0;
  return {
    open: field('conn_cur'),
    total: field('conn_cnt'),
    fromClient: field('bytes_in_cnt'),
    toClient: field('bytes_out_cnt'),
  };
}

const nothing: LinkCount = { open: 0, total: 0, fromClient: 0, toClient: 0 };

/** Emits events for the difference between two readings of one worker. @param role says which side is the peer's */
export function tell(
  before: Counted,
  after: Counted,
  { events, role }: { readonly events: GatewayEvents; readonly role: 'egress' | 'ingress' },
): void {
  for (const link of new Set([...before.links.keys(), ...after.links.keys()])) {
    const old = before.links.get(link) ?? nothing;
    const now = after.links.get(link) ?? nothing;
    const opened = Math.max(0, now.total - old.total);
    const closed = old.open + opened - now.open;
    for (let n = 0; n < opened; n++) events.opened(link);
    const up = Math.max(0, now.fromClient - old.fromClient);
    const down = Math.max(0, now.toClient - old.toClient);
    const [sent, received] = role === 'egress' ? [up, down] : [down, up];
    if (sent > 0 || received > 0) events.moved(link, { sent, received });
    for (let n = 0; n < closed; n++) events.closed(link);
  }
  for (const [key, count] of after.refusals) {
    const [reason = '', link = ''] = key.split('|');
    const times = count - (before.refusals.get(key) ?? 0);
    for (let n = 0; n < times; n++) events.refused(reason as Refusal, link === '' ? undefined : link);
  }
}

/** Reads all workers again and again. */
export interface Meter {
  /** Connections at the last reading. */
  connections(): number;
  /** Reads now. */
  look(): Promise<void>;
  stop(): void;
}

/** Reads the counters of all workers periodically; a worker that has ended has closed its connections. */
export function createMeter(options: {
  readonly workers: () => Promise<readonly Worker[]>;
  readonly events: GatewayEvents;
  readonly role: 'egress' | 'ingress';
  readonly clock: Clock;
  /** Milliseconds between two readings. */
  readonly period: number;
  /** Called before each reading. */
  readonly before: () => Promise<void>;
}): Meter {
  const { events, role, clock } = options;
  const none: Counted = { links: new Map(), refusals: new Map() };
  let counts = new Map<number, Counted>();
  const inTurn = createSerial();
  let stopped = false;
  let cancel = () => {};

  /** One reading at a time: two would count the same twice. */
  const look = () => inTurn(compare);

  async function compare(): Promise<void> {
    const next = new Map<number, Counted>();
    for (const worker of await options.workers()) {
      const counted = await readCounts(worker);
      if (counted === undefined) continue;
      const known = counts.get(worker.pid);
      const anew = known !== undefined && beganAnew(known, counted);
      if (anew) tell(known, ended(known), { events, role });
      tell(anew ? none : (known ?? none), counted, { events, role });
      next.set(worker.pid, counted);
    }
    for (const [pid, last] of counts) if (!next.has(pid)) tell(last, ended(last), { events, role });
    counts = next;
  }

  function again(): void {
    cancel = clock.after(options.period, () => void round());
  }

  async function round(): Promise<void> {
    await options.before().catch(() => {});
    await look().catch(() => {});
    if (!stopped) again();
  }

  again();
  return {
    connections: () =>
      [...counts.values()].reduce(
        (sum, { links }) => [...links.values()].reduce((inner, { open }) => inner + open, sum),
        0,
      ),
    look,
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** Whether this is another worker than before: a container that starts again gives the same process ids. */
export function beganAnew(before: Counted, after: Counted): boolean {
  return [...after.links].some(([link, { total }]) => total < (before.links.get(link)?.total ?? 0));
}

/** The counters of a worker at its end, as far as they are known. */
function ended({ links, refusals }: Counted): Counted {
  return { refusals, links: new Map([...links].map(([link, count]) => [link, { ...count, open: 0 }])) };
}
