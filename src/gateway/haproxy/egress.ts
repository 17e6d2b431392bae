import { isDeepStrictEqual } from 'node:util';
import type { Address, EgressGateway, EgressState, Route } from '../model.js';
import type { Resolver } from '../resolve.js';
import { createCallees, type Called } from './callees.js';
import { LoadError } from './faults.js';
import { createEngine } from './gateway.js';
import { renderEgress } from './render/egress.js';
import { blocksOf, runsOf } from './render/ports.js';
import { slotsFor } from './render/slots.js';
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
  const engine = createEngine('egress', settings, {
    ...{ clock, log, refresh: () => refresh() },
    ...(host !== undefined && { host }),
  });
  const callees = createCallees({ clock, resolver, answering: options.answering ?? (() => []) });
  let blocks: ReadonlySet<number> = new Set();
  /** Ports that other processes listen on. */
  let taken: ReadonlySet<number> = new Set();
  /** Servers of each link's backend. */
  const slots = new Map<string, number>();
  let inForce: ReadonlyMap<number, Route> = new Map();
  let last: { readonly state: EgressState; readonly called: readonly Called[] } | undefined;
  let closing = false;

  async function apply(state: EgressState): Promise<void> {
    if (closing) return;
    const { called, problems } = await callees(state.peers);
    const wanted = state.routes.map(({ port }) => port);
    // a port once opened stays open: to close it would take a reload, and its connections are refused without
    blocks = new Set([...blocks, ...blocksOf(wanted, settings.ports)]);
    taken = new Set();
    await keep(state, called);
    const lost = wanted.filter((port) => taken.has(port));
    const all = [
      ...problems,
      ...lost.map((port) => new Error(`port ${port} cannot be listened on: another process listens there`)),
    ];
    if (all.length > 0) throw new AggregateError(all, all.map(({ message }) => message).join('; '));
  }

  async function keep(state: EgressState, called: readonly Called[]): Promise<void> {
    const { identity, routes } = state;
    const layout = await engine.layout();
    const callees = called.map((callee) => ({ ...callee, slots: slotsOf(callee) }));
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
    last = { state, called };
    const reached = new Set(called.filter(({ endpoints }) => endpoints.length > 0).map(({ link }) => link));
    const now = new Map<number, Route>();
    for (const route of routes) {
      if (reached.has(route.link) && !taken.has(route.port)) now.set(route.port, route);
    }
    inForce = now;
  }

  function slotsOf({ link, endpoints }: Called): number {
    const count = slotsFor(endpoints.length, slots.get(link));
    slots.set(link, count);
    return count;
  }

  /** Names get other addresses, and addresses stop to answer, while the desired state stays. */
  async function refresh(): Promise<void> {
    if (last === undefined || closing) return;
    const { called } = await callees(last.state.peers);
    if (!isDeepStrictEqual(called, last.called)) await keep(last.state, called);
  }

  return {
    apply: (state) => engine.inTurn(() => apply(state)),
    routes: () => inForce,
    connections: () => engine.connections(),
    problem: () => engine.problem(),
    async close(graceMs) {
      closing = true;
      await engine.close(graceMs);
      inForce = new Map();
    },
  };
}
