import { isDeepStrictEqual } from 'node:util';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import { createUsableIdentity } from '../identity.js';
import type { EgressGateway, EgressSettings, EgressState, Route } from '../model.js';
import { isSameOutcome, type NotInForce, type PartKind, portRefused } from '../outcome.js';
import { destinationsOf, routesByPort } from '../ports.js';
import { bar, type Barred, barredBy, isBarred, linksOf } from './barred.js';
import { createCallees, type Called } from './callees.js';
import { LoadError } from './faults.js';
import { createEngine } from './gateway.js';
import { meanwhileOf, waitingParts, waitsFor } from './meanwhile.js';
import { PauseError } from './pauses.js';
import { bundlePath, calledBy, type PeerBackend, linkOf, renderEgress } from './render/egress.js';
import { blocksAtStart, blocksOf, createRuns, type Runs } from './render/ports.js';
import { createRouteMap } from './render/routes.js';
import { fileNames, type Layout, pathOf } from './render/layout.js';
import { slotsFor } from './render/slots.js';
import { createRevoked } from './revoked.js';
import type { Worker } from './runtime.js';
import { type Arrived, endArrivals, endSessions } from './sessions.js';
import { complete, type HaproxySettings } from './settings.js';

/** An egress gateway on HAProxy: a map leads ports to peers. */
export function createEgress(given: EgressSettings, own: HaproxySettings = {}): EgressGateway {
  const { clock, log, resolver, address, onChange = () => {} } = given;
  const settings = complete(given, own, `egress-${address ?? 'all'}`);
  const engine = createEngine('egress', settings, {
    ...{ clock, log, refresh },
    ...(address !== undefined && { host: address }),
  });
  const usable = createUsableIdentity();
  const callees = createCallees({ clock, resolver, answering: given.answering ?? (() => []) });
  let blocks = blocksAtStart(settings.ports);
  /** Ports that other processes listen on. */
  let taken: ReadonlySet<number> = new Set();
  /** Servers of each link's backend. */
  const slots = new Map<string, number>();
  /** Routes whose ports are open, or should be open. */
  let open = ImmutableMap.of<number, Route>();
  const routeMap = createRouteMap();
  const runs = createRuns(settings.ports);
  /** The input of the running configuration. */
  let kept: { readonly callees: readonly PeerBackend[]; readonly ports: Runs } | undefined;
  /** Whether it is the last desired one; a waiting one is loaded as soon as it may be. */
  let settled = true;
  let last: { readonly state: EgressState; readonly called: readonly Called[] } | undefined;
  /** The parts that the last `apply` returned as not in force. */
  let told: readonly NotInForce[] = [];
  /** The cluster of each link; unknown at the start, when sessions may be older than we are. */
  let reachable: ReadonlyMap<string, string> | undefined;
  const revoked = createRevoked();
  /** Ports some of whose sessions must end, and have not yet. */
  const astray = new Map<number, Barred>();
  let ended: EgressState['ended'];
  /**
   * Whether all sessions are known to be ours: at the start they may be older than we are, and their routes are not
   * known.
   */
  let known = false;
  let closing = false;

  async function apply(next: EgressState): Promise<readonly NotInForce[]> {
    if (closing) throw new Error('the egress gateway was closed');
    const { identity, missing: unusable } = usable(next.identity);
    const state = { ...next, identity };
    const { called, missing } = await callees(state.peers);
    const wanted = routesByPort(state.routes);
    // an open port stays open: closing it would need a reload, and without a route its connections are refused
    const opened = blocksOf(
      differing(open, wanted).filter((port) => wanted.has(port)),
      settings.ports,
    );
    if (![...opened].every((block) => blocks.has(block))) blocks = new Set([...blocks, ...opened]);
    const before = open;
    open = wanted;
    bar(astray, barredBy({ routes: before, ended }, { routes: wanted, ended: state.ended }));
    ended = state.ended;
    // trying them again needs a reload, which is refused for as long as they are in use
    if (taken.size > 0 && (await engine.keeper.pause()) === 0) taken = new Set();
    try {
      told = [...unusable, ...missing, ...(await keep(state, called))];
    } finally {
      await cut(state);
      await cutAstray();
    }
    return told;
  }

  /** Ends the sessions with peers that are gone, or whose link stands for another peer now. */
  async function cut({ peers }: EgressState): Promise<void> {
    const before = reachable;
    const now = new Map(peers.map(({ link, cluster }) => [link, cluster]));
    const isOver = (link: string) =>
      !now.has(link) || (before?.has(link) === true && before.get(link) !== now.get(link));
    if (before === undefined || [...before.keys()].some(isOver)) {
      const workers = await engine.haproxy.workers();
      const links = new Set([...(before?.keys() ?? [])].filter(isOver));
      revoked.add(workers, { links, ports: new Map() });
      const count = await endCalls(workers, isOver);
      if (count > 0) log.info('sessions cut', { count });
    }
    reachable = now;
  }

  /**
   * Ends the sessions of ports that may no longer lead to their earlier targets; at the start, of all that lead where
   * their ports do not.
   */
  async function cutAstray(): Promise<void> {
    if (known && astray.size === 0) return;
    const isUnknown = (port: number, link: string | undefined) => {
      const route = open.get(port);
      return route === undefined || (link !== undefined && !linksOf(destinationsOf(route)).has(link));
    };
    const isOver = ({ port, backend }: Arrived) => {
      const link = calledBy(backend);
      return isBarred(astray.get(port), link) || (!known && isUnknown(port, link));
    };
    const workers = await engine.haproxy.workers();
    revoked.add(workers, { links: new Set(), ports: astray });
    const count = await endArrivals(workers, 'egress', isOver);
    if (count > 0) log.info('sessions cut', { count });
    known = true;
    astray.clear();
  }

  /** Returns what is not possible, or has to wait for a reload. @throws when none of it is in force */
  async function keep(state: EgressState, called: readonly Called[]): Promise<readonly NotInForce[]> {
    const { identity } = state;
    const routes = routesByPort(state.routes);
    const layout = await engine.layout();
    const all = called.map((callee) => ({ ...callee, slots: slotsOf(callee) }));
    last = { state, called };
    settled = false;
    for (let now: 'now' | undefined; ; now = 'now') {
      const ports = runs(blocks, taken);
      const entries = routeMap(routes, called);
      // called only at the end: until then the running HAProxy gets the parts that it can have
      const waiting = kept && { ...kept, ...meanwhileOf(kept.callees, all) };
      const meanwhile =
        waiting &&
        (() => renderEgress({ identity, ...waiting, entries: routeMap(routes, waiting.called) }, layout));
      try {
        const callees = waiting?.whole ? waiting.callees : all;
        const wanted = renderEgress({ identity, callees, entries, ports }, layout);
        const pause = await engine.keep(wanted, { ...(meanwhile && { meanwhile }), ...(now && { now }) });
        settled = true;
        if (pause === undefined) kept = { callees, ports };
        if (pause === undefined) return lostOf(routes);
        const running = waiting ?? { called: all, ports };
        const others = without(routes, taken).values();
        const parts = waitingParts(running, { callees: all, routes: others });
        const inFiles = credentialsIn(pause.files, all, layout);
        return [...lostOf(routes), ...[...parts, ...inFiles].map((part) => waitsFor(part, pause))];
      } catch (error) {
        if (error instanceof PauseError) settled = true;
        if (!(error instanceof LoadError) || [...error.taken].every((port) => taken.has(port))) throw error;
        taken = new Set([...taken, ...error.taken]);
      }
    }
  }

  /** Routes whose ports are used by other processes. */
  function lostOf(routes: ImmutableMap<number, Route>): NotInForce[] {
    return [...taken].filter((port) => routes.has(port)).map((port) => portRefused(port));
  }

  /**
   * An old worker may not have answered when it should have ended sessions, or may have been about to connect to an
   * earlier peer.
   */
  async function cutLate(): Promise<void> {
    for (const [worker, { links, ports }] of revoked.of(await engine.haproxy.workers())) {
      if (links.size > 0) await endCalls([worker], (link) => links.has(link));
      const isOver = ({ port, backend }: Arrived) => isBarred(ports.get(port), calledBy(backend));
      if (ports.size > 0) await endArrivals([worker], 'egress', isOver);
    }
  }

  function slotsOf({ link, endpoints }: Called): number {
    const count = slotsFor(endpoints.length, slots.get(link));
    slots.set(link, count);
    return count;
  }

  /** Names get other addresses, and addresses stop answering, while the desired state stays the same. */
  async function refresh(again: boolean): Promise<void> {
    if (last === undefined || closing) return;
    await cutLate();
    const { called, missing } = await callees(last.state.peers);
    if (!again && settled && isDeepStrictEqual(called, last.called)) return;
    const unusable = told.filter(({ reason }) => reason === 'CertificateUnusable');
    if (!isSameOutcome(told, [...unusable, ...missing, ...(await keep(last.state, called))])) onChange();
  }

  return {
    apply: (state) => engine.inTurn(() => apply(state)),
    connections: () => engine.connections(),
    problem: () => engine.problem(),
    async close(graceMs) {
      closing = true;
      await engine.close(graceMs);
    },
  };
}

function without(
  routes: ImmutableMap<number, Route>,
  ports: ReadonlySet<number>,
): ImmutableMap<number, Route> {
  return routes.with([...ports].map((port) => [port, undefined]));
}

/** The parts in waiting files: our own certificate, and the CAs of peers. */
function credentialsIn(
  files: readonly string[],
  callees: readonly PeerBackend[],
  layout: Layout,
): PartKind[] {
  const own = files.includes(pathOf(layout, fileNames.own)) ? [{ kind: 'certificate' } as const] : [];
  const links = callees.map(({ link }) => link).filter((link) => files.includes(bundlePath(link, layout)));
  return [...own, ...links.map((link): PartKind => ({ kind: 'bundle', link }))];
}

/** Ends the sessions with peers, by their links: those that carry bytes, and those that carry requests. */
async function endCalls(workers: readonly Worker[], isOver: (link: string) => boolean): Promise<number> {
  const over = (backend: string) => {
    const link = linkOf(backend);
    return link !== undefined && isOver(link);
  };
  const [bytes, requests] = await Promise.all([
    endSessions(workers, 'egress', over),
    endSessions(workers, 'requests', over),
  ]);
  return bytes + requests;
}
