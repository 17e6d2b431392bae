import { isIP } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import { BundleError, judgedBundle } from '../../pki/bundle.js';
import { dialable } from '../../net/target.js';
import type { Resolver } from '../../net/resolve.js';
import type { Address } from '../../net/address.js';
import type { Peer } from '../../protocol/peer.js';
import { bundleRefused, nowhereToDial, type NotInForce } from '../outcome.js';
import { createPeerReading } from '../readpeers.js';
import type { PeerBackend } from './render/egress.js';
import { type SlotAddress, maxSlots } from './render/slots.js';

/** The input of callees in addition to the peers. */
export interface CalleeSources {
  readonly clock: Clock;
  readonly resolver: Resolver;
  /** Addresses of a link that answered the last probe; hosts as the peer names them, or the IPs behind them. */
  readonly answering: (link: string) => readonly Address[];
}

/** A peer with the present IPs of its addresses. */
export type Called = Omit<PeerBackend, 'slots'>;

/** The peers that can be called now, and the peers and addresses that cannot. */
export interface Callees {
  readonly called: readonly Called[];
  readonly missing: readonly NotInForce[];
}

/** Makes a function that resolves the addresses of peers and marks those that answer; it never rejects. */
export function createCallees({
  clock,
  resolver,
  answering,
}: CalleeSources): (peers: readonly Peer[]) => Promise<Callees> {
  const bundlesOf = createPeerReading(clock, (peers, now) =>
    peers.map(({ caBundle }) => judge(caBundle, now)),
  );

  async function endpointsOf(
    { host, port }: Address,
    published: boolean | undefined,
    good: ReadonlySet<string>,
  ): Promise<SlotAddress[]> {
    // a later answer is used at the next check
    const found = isIP(host) ? [host] : (resolver.known?.(host) ?? (await resolver.resolve(host)));
    const ips = dialable(host, found, published);
    const isKnown = ips.some((ip) => good.has(`${ip} ${port}`));
    // a name counts only while none of its IPs was probed
    const named = !isKnown && good.has(`${host} ${port}`);
    return ips.map((ip) => ({ ip, port, good: named || good.has(`${ip} ${port}`) }));
  }

  async function calleeOf(peer: Peer, judged: string | BundleError): Promise<Callees> {
    const { link, cluster, addresses, published } = peer;
    if (judged instanceof BundleError) return { called: [], missing: [bundleRefused(link, judged)] };
    const good = new Set(answering(link).map(({ host, port }) => `${host} ${port}`));
    const results = await Promise.allSettled(
      addresses.map((address) => endpointsOf(address, published, good)),
    );
    const endpoints = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const unusable = results.flatMap((result, at) =>
      result.status === 'rejected' ? [addressRefused(link, addresses[at]!, result.reason as Error)] : [],
    );
    return {
      called: [{ link, cluster, caBundle: judged, endpoints: chosen(endpoints) }],
      missing: endpoints.length > 0 ? unusable : [...unusable, nowhereToDial(link)],
    };
  }

  return async (peers) => {
    const judged = bundlesOf(peers);
    const all = await Promise.all(peers.map((peer, at) => calleeOf(peer, judged[at]!)));
    return {
      called: all.flatMap(({ called }) => called),
      missing: all.flatMap(({ missing }) => missing),
    };
  };
}

/** A bundle for HAProxy, or why it is not trusted. */
function judge(caBundle: string, now: Date): string | BundleError {
  try {
    return judgedBundle(caBundle, now);
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
}

function addressRefused(link: string, address: Address, { message }: Error): NotInForce {
  return { kind: 'address', link, address, reason: 'AddressUnusable', message: `link ${link}: ${message}` };
}

/** Each endpoint once; of too many, those that answer; sorted, so that a shuffled answer changes nothing. */
function chosen(endpoints: readonly SlotAddress[]): SlotAddress[] {
  const once = [
    ...new Map(endpoints.map((endpoint) => [`${endpoint.ip} ${endpoint.port}`, endpoint])).values(),
  ];
  const sorted = once.toSorted(byAddress);
  if (sorted.length <= maxSlots) return sorted;
  const [good, others] = [sorted.filter(({ good }) => good), sorted.filter(({ good }) => !good)];
  return [...good, ...others].slice(0, maxSlots).toSorted(byAddress);
}

function byAddress(a: SlotAddress, b: SlotAddress): number {
  return a.ip === b.ip ? a.port - b.port : a.ip < b.ip ? -1 : 1;
}
