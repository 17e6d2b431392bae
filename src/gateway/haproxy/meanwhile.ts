import type { NotInForce, PartKind } from '../outcome.js';
import type { Route } from '../model.js';
import type { PauseError } from './pauses.js';
import type { PeerBackend } from './render/egress.js';
import type { Runs } from './render/ports.js';

/** The backends while a reload has to wait, and which of them lead to their desired targets. */
export interface Meanwhile {
  readonly callees: readonly PeerBackend[];
  /** Those of `callees` that are wanted. */
  readonly called: readonly PeerBackend[];
  /** Nothing desired has to wait: a surplus backend is no reason to reload. */
  readonly whole: boolean;
}

/**
 * The desired peers that can be called without a reload: those with a backend, at as many endpoints as it has
 * servers, those that answer first. The backends of other peers stay, and no route leads to them.
 *
 * @param kept as they are in the configuration that runs
 */
export function meanwhileOf(kept: readonly PeerBackend[], wanted: readonly PeerBackend[]): Meanwhile {
  const byLink = new Map(wanted.map((callee) => [callee.link, callee]));
  const called: PeerBackend[] = [];
  const callees = kept.map((before) => {
    const now = byLink.get(before.link);
    if (now?.cluster !== before.cluster) return before;
    const endpoints = now.endpoints.toSorted((a, b) => Number(b.good) - Number(a.good));
    const callee = { ...now, slots: before.slots, endpoints: endpoints.slice(0, before.slots) };
    called.push(callee);
    return callee;
  });
  const whole =
    called.length === wanted.length && called.every((now) => now.slots === byLink.get(now.link)?.slots);
  return { callees, called, whole };
}

/** A part that waits for a reload. */
export function waitsFor(part: PartKind, { message, refusal }: PauseError): NotInForce {
  const reason = refusal === undefined ? 'ReloadPending' : 'ReloadRefused';
  return { ...part, reason, message: `${nameOf(part)}: ${message}` };
}

function nameOf(part: PartKind): string {
  switch (part.kind) {
    case 'certificate':
      return 'our own certificate';
    case 'port':
      return `port ${part.port}`;
    case 'export':
      return `export ${part.serviceId}`;
    case 'address':
      return `link ${part.link}, address ${part.address.host} port ${part.address.port}`;
    case 'bundle':
      return `the CAs of link ${part.link}`;
    default:
      return `link ${part.link}`;
  }
}

/**
 * The parts of an egress state that are not in force while a reload has to wait: peers that cannot be called, addresses
 * for which there is no server, and routes to ports that are not open.
 *
 * @param running what can be called, and the ports that are open
 */
export function waitingParts(
  running: { readonly called: readonly PeerBackend[]; readonly ports: Runs },
  wanted: { readonly callees: readonly PeerBackend[]; readonly routes: Iterable<Route> },
): PartKind[] {
  const byLink = new Map(running.called.map((callee) => [callee.link, callee]));
  const isOpen = (port: number) => running.ports.some(({ first, last }) => port >= first && port <= last);
  const peers = wanted.callees.flatMap(({ link, endpoints }): PartKind[] => {
    const callee = byLink.get(link);
    if (callee === undefined) return [{ kind: 'link', link }];
    const has = new Set(callee.endpoints.map(({ ip, port }) => `${ip} ${port}`));
    return endpoints
      .filter(({ ip, port }) => !has.has(`${ip} ${port}`))
      .map(({ ip, port }) => ({ kind: 'address', link, address: { host: ip, port } }));
  });
  const ports = [...wanted.routes].filter(({ port }) => !isOpen(port)).map(({ port }) => port);
  return [...peers, ...ports.map((port): PartKind => ({ kind: 'port', port }))];
}
