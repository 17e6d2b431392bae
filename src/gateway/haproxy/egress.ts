import { isIP } from 'node:net';
import { readBundle } from '../mtls/bundle.js';
import type { Address, EgressGateway, EgressState, Peer, Route } from '../model.js';
import type { Resolver } from '../resolve.js';
import { LoadError } from './faults.js';
import { createEngine } from './gateway.js';
import { type Callee, renderEgress } from './render/egress.js';
import { blocksOf, runsOf } from './render/ports.js';
import { complete, type GatewayOptions } from './settings.js';

/** What an egress gateway is made of. */
export interface EgressOptions extends GatewayOptions {
  readonly resolver: Resolver;
  /** Addresses of a link that answered the last probe: while there are any, no others are used. @default none is known */
  readonly answering?: (link: string) => readonly Address[];
}

/**
 * An egress gateway that HAProxy is: ports lead to peers by a map. `apply` rejects with an AggregateError of what could
 * not be made so (a port in use, a bad bundle, a name without an address); the rest is in force.
 */
export function createEgress(options: EgressOptions): EgressGateway {
  const { clock, log, resolver, host } = options;
  const settings = complete(options, `egress-${host ?? 'all'}`);
  const engine = createEngine('egress', settings, { clock, log, ...(host !== undefined && { host }) });
  let blocks: ReadonlySet<number> = new Set();
  /** Ports that other processes listen on. */
  let taken: ReadonlySet<number> = new Set();
  let inForce: ReadonlyMap<number, Route> = new Map();
  let closing = false;

  async function apply(state: EgressState): Promise<void> {
    if (closing) return;
    const began = clock.monotonic();
    const problems: Error[] = [];
    const callees = await Promise.all(state.peers.map((peer) => calleeOf(peer, problems)));
    const wanted = state.routes.map(({ port }) => port);
    // a port once opened stays open: to close it would take a reload, and its connections are refused without
    blocks = new Set([...blocks, ...blocksOf(wanted, settings.ports)]);
    await keep(
      state,
      callees.filter((callee) => callee !== undefined),
    );
    for (const port of wanted.filter((port) => taken.has(port)))
      problems.push(new Error(`port ${port} cannot be listened on: another process listens there`));
    settings.events.applied?.(clock.monotonic() - began);
    if (problems.length > 0)
      throw new AggregateError(problems, problems.map(({ message }) => message).join('; '));
  }

  async function keep({ identity, routes }: EgressState, callees: readonly Callee[]): Promise<void> {
    const layout = await engine.layout();
    taken = new Set();
    for (;;) {
      const ports = runsOf(blocks, taken, settings.ports);
      try {
        await engine.keeper.keep(renderEgress({ identity, callees, routes, ports }, layout));
        break;
      } catch (error) {
        if (!(error instanceof LoadError) || [...error.taken].every((port) => taken.has(port))) throw error;
        taken = new Set([...taken, ...error.taken]);
      }
    }
    const called = new Set(callees.filter(({ endpoints }) => endpoints.length > 0).map(({ link }) => link));
    const now = new Map<number, Route>();
    for (const route of routes)
      if (called.has(route.link) && !taken.has(route.port)) now.set(route.port, route);
    inForce = now;
  }

  async function calleeOf(peer: Peer, problems: Error[]): Promise<Callee | undefined> {
    const { link, cluster, caBundle, addresses } = peer;
    try {
      readBundle(caBundle, new Date(clock.now()));
    } catch (cause) {
      problems.push(new Error(`link ${link}: ${(cause as Error).message}`, { cause }));
      return undefined;
    }
    const endpoints = await Promise.all(
      addresses.map(async (address) => {
        try {
          const ips = isIP(address.host) ? [address.host] : await resolver.resolve(address.host);
          return ips.map((ip) => ({ ip, port: address.port }));
        } catch (cause) {
          problems.push(new Error(`link ${link}: ${(cause as Error).message}`, { cause }));
          return [];
        }
      }),
    );
    return { link, cluster, caBundle, endpoints: endpoints.flat() };
  }

  return {
    apply: (state) => engine.inTurn(() => apply(state)),
    routes: () => inForce,
    connections: () => engine.connections(),
    async close(graceMs) {
      closing = true;
      await engine.close(graceMs);
      inForce = new Map();
    },
  };
}
