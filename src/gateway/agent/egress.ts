import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { listen, ownNames } from '../../api/names.js';
import { configMaps, secrets, serviceMirrors } from '../../api/resources.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import { createReflector } from '../../runtime/reflector/reflector.js';
import type { Destination, LinkReport } from '../../protocol/applied.js';
import type { Resolver } from '../../net/resolve.js';
import type { KeyPair } from '../../pki/keypair.js';
import { createContact } from '../applied/contact.js';
import { createHistory } from '../applied/history.js';
import { startAppliedServer, type AppliedServer } from '../applied/server.js';
import type { EgressGateway, EgressSettings, EgressState, Routes } from '../model.js';
import type { NotInForce } from '../outcome.js';
import { routesByPort } from '../ports.js';
import { createLinkProbes } from '../probe/links.js';
import { createDialIn } from '../reverse/dialin.js';
import { withDialledIn } from '../reverse/reports.js';
import { createAgent, named, type Agent, type AgentOptions, type Desired } from './agent.js';
import { createDepartures } from './departing.js';
import { createDivision, differingLinks, silentLinks } from './division.js';
import { essenceOf } from './essence.js';
import { clusterOf, createKeyPairReader } from './keypair.js';
import { createInForce } from './inforce.js';
import { createOutage } from './outage.js';
import { createPeerReader } from './peers.js';
import { createRouting } from './routes.js';
import { createSources } from './sources.js';

/** What the agent of an egress gateway is given. */
export interface EgressAgentOptions extends AgentOptions {
  /** Makes the gateway. */
  readonly gateway: (given: Required<Pick<EgressSettings, 'answering' | 'onChange'>>) => EgressGateway;
  readonly resolver: Resolver;
  /** Where the operator asks what is applied; without `address` on all. */
  readonly applied: { readonly address?: string; readonly port: number };
  /** Where gateways of peers dial in; without `address` on all. @default listen.dialIn */
  readonly dialIn?: { readonly address?: string; readonly port: number };
  /** Called with the reports on all links whenever one may have changed. */
  readonly onReports?: (reports: ReadonlyMap<string, LinkReport>) => void;
  /** How long a route stays after its mirror has gone, in milliseconds. @default 10_000 */
  readonly lingerMs?: number;
  /** How long nodes may still send connections after the address has left all slices, in milliseconds. @default 2_000 */
  readonly settleMs?: number;
  /** How long the gateway may carry nothing before its address leaves all slices, in milliseconds. @default 5_000 */
  readonly outageMs?: number;
}

/** Keeps an egress gateway on the routes that the mirrors ask for, and tells the operator which are in force. */
export function createEgressAgent(options: EgressAgentOptions): Agent {
  const { kube, namespace, resolver, clock, log } = options;
  const { lingerMs = 10_000, settleMs = 2_000, outageMs = 5_000, instance = hostname() } = options;
  const mirrors = createReflector(kube, serviceMirrors, { clock, log, transform: essenceOf });
  const peerMaps = createReflector(kube, configMaps, { ...named(namespace, ownNames.peers), clock, log });
  const leaves = createReflector(kube, secrets, { ...named(namespace, ownNames.egressTls), clock, log });
  const sources = createSources(
    {
      ServiceMirrors: mirrors,
      [`ConfigMap ${ownNames.peers}`]: peerMaps,
      [`Secret ${ownNames.egressTls}`]: leaves,
    },
    { clock, log },
  );

  const keyPair = createKeyPairReader({ name: ownNames.egressTls, role: 'egress' }, clock);
  const peerReader = createPeerReader(clock);
  const routing = createRouting();
  const departures = createDepartures(lingerMs);
  const division = createDivision();
  const history = createHistory(randomUUID());
  const contact = createContact(clock);
  let silent: ReadonlySet<string> = new Set();
  let again = () => {};
  const probes = createLinkProbes({ resolver, clock, onReports: (links) => onReports((probed = links)) });
  let probed: ReadonlyMap<string, LinkReport> = new Map();
  const dialIn = createDialIn({
    ...{ clock, log, pod: instance, onChange: () => onReports(probed) },
    ...(options.dialIn ?? { port: listen.dialIn }),
  });
  const gateway = options.gateway({
    answering: (link) => probes.answering(link),
    onChange: () => again(),
  });
  let server: AppliedServer | undefined;
  /** The certificate that the server shows. */
  let shown: KeyPair | undefined;
  const inForce = createInForce();
  const outage = createOutage(outageMs);
  let out = false;
  let cancelWatch: (() => void) | undefined;

  function build(request: () => void): Desired<EgressState> {
    again = request;
    const identity = keyPair.read(leaves.cache.list()[0]);
    const list = peerReader.read(peerMaps.cache.list()[0]);
    const problems = [...keyPair.problems(), ...peerReader.problems()];
    const look = keyPair.lookAgainIn();
    if (identity === undefined || list === undefined) return { problems, lookAgainIn: look };
    const links = new Set(list.map((peer) => peer.link));
    const departure = departures(routing(mirrors.cache.list(), links), links, clock.monotonic());
    const { ended, lookAgainIn = Infinity } = departure;
    const usable = new Set([...links].filter((link) => !silent.has(link)));
    const routes = division.divide(departure.routes, usable);
    cancelWatch ??= clock.after(outageMs / 5, watch);
    const soonest = Math.min(lookAgainIn, look ?? Infinity);
    return {
      state: { identity, peers: list, routes, ended },
      problems,
      ...(soonest < Infinity && { lookAgainIn: soonest }),
    };
  }

  function onReports(probed: ReadonlyMap<string, LinkReport>): void {
    const links = withDialledIn(probed, (link) => dialIn.members(link));
    history.update({ links });
    options.onReports?.(links);
    const before = silent;
    silent = silentLinks(links);
    if (division.dependsOn(differingLinks(before, silent))) again();
  }

  /** Routes are in force only where there is somebody to follow them. */
  function watch(): void {
    const before = out;
    out = outage(gateway.problem?.(), clock.monotonic());
    if (out && !before) history.update({ routes: new Map() });
    if (!out && before) again();
    cancelWatch = clock.after(outageMs / 5, watch);
  }

  async function apply(desired: EgressState): Promise<readonly NotInForce[]> {
    const { peers, missing: closed } = await dialIn.update(desired.peers, desired.identity);
    const state = { ...desired, peers };
    // what is to go is not in force any more, however long the rest takes, and whether or not it can be had
    history.update({ routes: staying(history.current.routes, state.routes) });
    try {
      const missing = [...closed, ...(await gateway.apply(state))];
      history.update({ routes: ImmutableMap.of<number, Destination>(out ? [] : inForce(state, missing)) });
      return missing;
    } finally {
      await report(state);
    }
  }

  /** Asks the peers of now, and tells the operator what has come of it. */
  async function report({ peers, identity }: EgressState): Promise<void> {
    probes.update(peers, identity);
    const cluster = clusterOf(identity);
    server ??= await startAppliedServer({
      ...{ history, contact, cluster, identity, clock, log },
      through: (link, near) => dialIn.carry(link, near),
      ...options.applied,
    });
    if (identity !== shown) server.rotate(identity);
    shown = identity;
  }

  async function leave(): Promise<void> {
    history.update({ draining: true });
    const outcome = await contact.whenUnlisted(history.version, options.leaveMs);
    log.info('the egress gateway leaves', { outcome, connections: gateway.connections() });
    if (outcome === 'unlisted') await clock.sleep(settleMs);
  }

  async function close(): Promise<void> {
    cancelWatch?.();
    await gateway.close(options.drainMs);
    dialIn.close();
    probes.close();
    await server?.close();
  }

  return createAgent({ sources, build, apply, problem: () => gateway.problem?.(), leave, close }, options);
}

/** Of the destinations in force, those that the desired routes leave as they are. */
function staying(
  inForce: ReadonlyMap<number, Destination>,
  routes: Routes,
): ReadonlyMap<number, Destination> {
  const desired: ReadonlyMap<number, Destination> = routesByPort(routes);
  const gone = differing(inForce, desired).filter((port) => {
    const [is, route] = [inForce.get(port), desired.get(port)];
    return is !== undefined && (route?.link !== is.link || route.serviceId !== is.serviceId);
  });
  return ImmutableMap.of(inForce).with(gone.map((port) => [port, undefined]));
}
