import { serverAddress } from './bind.js';
import type { ServerState } from './layout.js';

/** Where a peer's ingress gateway listens. */
export interface SlotAddress {
  readonly ip: string;
  readonly port: number;
  /** It is skipped while another endpoint of the peer is good. */
  readonly good: boolean;
}

/** Most endpoints of one peer that are used at a time; each costs memory in HAProxy. */
export const maxSlots = 64;

/**
 * The number of servers of a backend for so many endpoints: some are spare, so that addresses that come, go and
 * change need no reload. A single endpoint has a backend of its own kind, which resets clients more reliably.
 *
 * @param before what it has; it never becomes less, since that would be one more reload
 */
export function slotsFor(endpoints: number, before = 0): number {
  let slots = endpoints > 1 ? 4 : 1;
  while (slots < Math.min(endpoints, maxSlots)) slots *= 2;
  return Math.max(slots, before);
}

/** The servers of a backend, `s0` and on, as text; those to spare are disabled. @param rest what follows the address */
export function serverLines(endpoints: readonly SlotAddress[], slots: number, rest: string): string[] {
  return Array.from({ length: slots }, (_, at) => {
    const endpoint = endpoints[at];
    const where = endpoint === undefined ? unused : serverAddress(endpoint.ip, endpoint.port);
    return `  server s${at} ${where} ${rest}`;
  });
}

/** The same servers as they should be. Where no endpoint is known to be good, all are tried. */
export function serverStates(
  backend: string,
  endpoints: readonly SlotAddress[],
  slots: number,
): [string, ServerState][] {
  const noneGood = endpoints.every(({ good }) => !good);
  return Array.from({ length: slots }, (_, at) => {
    const endpoint = endpoints[at];
    const state =
      endpoint === undefined
        ? { ready: false }
        : { ip: endpoint.ip, port: endpoint.port, ready: endpoint.good || noneGood };
    return [`${backend}/s${at}`, state];
  });
}

/** A server without an address: it gets no connections before it has one (configuration manual, `disabled`). */
const unused = 'ipv4@0.0.0.0:1 disabled';

/** The part of a configuration whose change needs a reload: all but the addresses of servers that are set at run time. */
export function shapeOf(config: string): string {
  return config.replaceAll(/^( {2}server s\d+) \S+( disabled)?/gm, '$1');
}
