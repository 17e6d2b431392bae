import { orAborted, startDeadline } from '../../runtime/deadline.js';
import type { Clock } from '../../runtime/clock.js';
import { writeAddress, type Address } from '../address.js';
import { dialable } from '../target.js';
import type { Resolver } from '../resolve.js';
import { explainProbe, failed, noAnswerWithin, ProbeTimeoutError, type ProbeFailure } from './failure.js';

/** Most endpoints of one gateway that are probed, the first ones; HAProxy also uses no more. */
export const maxProbedEndpoints = 64;

/** Most probes at a time: a peer whose addresses all answer with the largest report then fills little memory. */
export const atOnce = 16;

/** One IP of a gateway. */
interface Endpoint {
  /** The user's form: a name, or the IP itself. */
  readonly host: string;
  readonly ip: string;
  readonly port: number;
}

/** One IP of a gateway, with the result of its probe. */
export interface Probed<A> extends Endpoint {
  readonly result: { readonly ok: true; readonly answer: A } | ProbeFailure;
}

/** How the addresses of a gateway are resolved and asked. */
export interface Sweep<A> {
  readonly probe: (
    target: { readonly ip: string; readonly port: number },
    signal: AbortSignal,
  ) => Promise<Probed<A>['result']>;
  readonly resolver: Resolver;
  readonly clock: Clock;
}

/** The gateway to ask, with a time limit (milliseconds) for each address. */
export interface Asked {
  readonly addresses: readonly Address[];
  /** The peer has published the addresses: the IPs that they lead to are checked. */
  readonly published?: boolean | undefined;
  readonly timeout: number;
}

/** Asks the IPs behind all addresses once; `unresolved` names the addresses that could not be asked, with the reasons. */
export async function sweep<A>(
  options: Sweep<A>,
  { addresses, published, timeout }: Asked,
  signal: AbortSignal,
): Promise<{ readonly endpoints: readonly Probed<A>[]; readonly unresolved: readonly ProbeFailure[] }> {
  const timed = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    within({ clock: options.clock, timeout }, work, signal);
  const outcomes = await Promise.all(
    addresses.map((address) =>
      timed((bounded) => resolveAddress(options, { ...address, published }, bounded)),
    ),
  );
  const unresolved = outcomes.flatMap((outcome) => ('ok' in outcome ? [outcome] : []));
  if (addresses.length === 0) unresolved.push(failed('no address of the gateway is known', 'Unresolved'));
  const found = withoutRepeats(outcomes.flatMap((outcome) => ('ok' in outcome ? [] : outcome)));
  const asked = found.slice(0, maxProbedEndpoints);
  if (asked.length < found.length)
    unresolved.push(failed(`of ${found.length} addresses the first ${maxProbedEndpoints} are asked`));
  const endpoints = await eachOf(asked, (endpoint) =>
    timed((bounded) => probeEndpoint(options, endpoint, bounded)),
  );
  return { endpoints, unresolved };
}

/** The endpoints of one address, or why it has none. */
async function resolveAddress<A>(
  { resolver }: Sweep<A>,
  { host, port, published }: Address & Pick<Asked, 'published'>,
  signal: AbortSignal,
): Promise<Endpoint[] | ProbeFailure> {
  try {
    const ips = dialable(host, await orAborted(resolver.resolve(host), signal), published);
    return ips.map((ip) => ({ host, ip, port }));
  } catch (error) {
    if (error instanceof ProbeTimeoutError)
      return failed(`the name ${host} was not resolved in time`, 'Unresolved');
    return { ...explainProbe(error, writeAddress({ host, port })), reason: 'Unresolved' };
  }
}

async function probeEndpoint<A>(
  { probe }: Sweep<A>,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Probed<A>> {
  const { host, ip, port } = endpoint;
  const result = await orAborted(probe({ ip, port }, signal), signal).catch((error: unknown) =>
    explainProbe(error, writeAddress({ host, port })),
  );
  return { ...endpoint, result };
}

/** Runs the work for every item, {@link atOnce} at a time; results come in the items' order. */
async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const takeOn = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, takeOn));
  return results;
}

/** Gives work a time limit in milliseconds; then its signal is aborted with a {@link ProbeTimeoutError}. */
export async function within<T>(
  { clock, timeout }: { readonly clock: Clock; readonly timeout: number },
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const deadline = startDeadline(clock, timeout, signal, noAnswerWithin(timeout));
  try {
    return await work(deadline.signal);
  } finally {
    deadline.done();
  }
}

/** Two names of one gateway are one endpoint. */
function withoutRepeats(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...new Map(endpoints.map((endpoint) => [`${endpoint.ip} ${endpoint.port}`, endpoint])).values()];
}
