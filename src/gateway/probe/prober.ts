import type { Clock } from '../../runtime/clock.js';
import type { Address, ProbeSpec } from '../model.js';
import type { Resolver } from '../resolve.js';
import { explain, failed, TimeoutError, type ProbeFailure } from './failure.js';
import { next, unknownHealth, type Health } from './health.js';

/** One IP of a gateway, and how it did in the last round. */
export interface ProbedEndpoint<A> {
  /** As the user knows it: a name, or the IP itself. */
  readonly host: string;
  readonly ip: string;
  readonly port: number;
  /** What the thresholds make of its results so far. */
  readonly healthy: boolean;
  readonly result: { readonly ok: true; readonly answer: A } | ProbeFailure;
}

/** What is known of a gateway after one round over all its addresses. */
export interface Round<A> {
  /** What the thresholds make of the rounds so far; a round succeeds when any address answers. */
  readonly healthy: boolean;
  readonly reason: 'Healthy' | 'ProbeFailed' | 'Unresolved';
  /** Which addresses do not answer, and why; empty when all do. */
  readonly message: string;
  readonly endpoints: readonly ProbedEndpoint<A>[];
}

/** How a gateway is probed; what it is and where may change between rounds. */
export interface ProberOptions<A> {
  readonly spec: () => ProbeSpec;
  readonly addresses: () => readonly Address[];
  readonly probe: (
    target: { readonly ip: string; readonly port: number },
    signal: AbortSignal,
  ) => Promise<{ readonly ok: true; readonly answer: A } | ProbeFailure>;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** 0 to 1, for the jitter. @default Math.random */
  readonly random?: () => number;
  readonly onRound: (round: Round<A>) => void;
}

/** A loop of probes. */
export interface Prober {
  /** Probes until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
  /** The next round need not wait: something has changed. */
  poke(): void;
}

/** A period is longer by up to this part, so that gateways do not probe in step. */
const jitter = 0.1;

/** Messages name this many addresses. */
const named = 3;

/** Probes all addresses of one gateway at a time, resolved anew, every period. */
export function createProber<A>(options: ProberOptions<A>): Prober {
  const { clock, random = Math.random } = options;
  let overall = unknownHealth;
  let each: ReadonlyMap<string, Health> = new Map();
  let poked = new AbortController();

  async function round(signal: AbortSignal): Promise<Round<A>> {
    const spec = options.spec();
    const results = await probeAll(options, spec, signal);
    const before = each;
    each = new Map(
      results.endpoints.map(({ ip, port, result }) => {
        const key = `${ip} ${port}`;
        return [key, next(before.get(key) ?? unknownHealth, result.ok, spec)];
      }),
    );
    overall = next(
      overall,
      results.endpoints.some(({ result }) => result.ok),
      spec,
    );
    const endpoints = results.endpoints.map((endpoint) => {
      return { ...endpoint, healthy: each.get(`${endpoint.ip} ${endpoint.port}`)?.healthy === true };
    });
    const failures = [
      ...results.unresolved,
      ...endpoints.flatMap(({ result }) => (result.ok ? [] : [result])),
    ];
    const bad = endpoints.length === 0 ? 'Unresolved' : 'ProbeFailed';
    const recovering = !overall.healthy && overall.streak > 0;
    const message = recovering
      ? `answers again, ${overall.streak} of ${spec.successThreshold} times`
      : summary(failures);
    return { healthy: overall.healthy, reason: overall.healthy ? 'Healthy' : bad, message, endpoints };
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      poked = new AbortController();
      const pause = options.spec().period * (1 + jitter * random());
      const started = clock.monotonic();
      const result = await round(signal);
      if (signal.aborted) return;
      options.onRound(result);
      const wake = AbortSignal.any([signal, poked.signal]);
      await clock.sleep(Math.max(0, started + pause - clock.monotonic()), wake);
    }
  }

  return { run, poke: () => poked.abort() };
}

type Probed<A> = Omit<ProbedEndpoint<A>, 'healthy'>;

async function probeAll<A>(options: ProberOptions<A>, spec: ProbeSpec, signal: AbortSignal) {
  const addresses = options.addresses();
  const deadline = new AbortController();
  const seconds = spec.timeout / 1_000;
  const cancel = options.clock.after(spec.timeout, () =>
    deadline.abort(new TimeoutError(`does not answer within ${seconds} s`)),
  );
  const bounded = AbortSignal.any([signal, deadline.signal]);
  const outcomes = await Promise.all(addresses.map((address) => probeAddress(options, address, bounded)));
  cancel();
  const unresolved = outcomes.flatMap((outcome) => ('ok' in outcome ? [outcome] : []));
  if (addresses.length === 0) unresolved.push(failed('no address of the gateway is known', 'Unresolved'));
  const endpoints = outcomes.flatMap((outcome) => ('ok' in outcome ? [] : outcome));
  return { endpoints: withoutRepeats(endpoints), unresolved };
}

/** Results of all IPs of one address, or why it has none. */
async function probeAddress<A>(
  { resolver, probe }: ProberOptions<A>,
  { host, port }: Address,
  signal: AbortSignal,
): Promise<Probed<A>[] | ProbeFailure> {
  const address = shown(host, port);
  try {
    const ips = await before(resolver.resolve(host), signal);
    return await Promise.all(
      ips.map(async (ip) => {
        const result = await before(probe({ ip, port }, signal), signal).catch((error: unknown) =>
          explain(error, address),
        );
        return { host, ip, port, result };
      }),
    );
  } catch (error) {
    if (error instanceof TimeoutError)
      return failed(`the name ${host} was not resolved in time`, 'Unresolved');
    return { ...explain(error, address), reason: 'Unresolved' };
  }
}

/** An address in one word, as URLs write it (RFC 3986, 3.2.2). */
export function shown(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Rejects with the signal's reason when it comes first. */
function before<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Two names of one gateway are one endpoint. */
function withoutRepeats<A>(endpoints: readonly Probed<A>[]): readonly Probed<A>[] {
  return [...new Map(endpoints.map((endpoint) => [`${endpoint.ip} ${endpoint.port}`, endpoint])).values()];
}

function summary(failures: readonly ProbeFailure[]): string {
  const messages = [...new Set(failures.map(({ message }) => message))];
  const more = messages.length > named ? `; and ${messages.length - named} more` : '';
  return messages.slice(0, named).join('; ') + more;
}
