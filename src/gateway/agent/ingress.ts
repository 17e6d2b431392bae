import { hostname } from 'node:os';
import { ownNames } from '../../api/names.js';
import {
  apiServices,
  configMaps,
  invitations,
  links,
  mutatingWebhooks,
  namespaces,
  secrets,
  services,
  validatingWebhooks,
  type Resource,
} from '../../api/resources.js';
import type { ServiceCaller } from '../../api/objects.js';
import { createReflector } from '../../runtime/reflector/reflector.js';
import { fingerprints } from '../../pki/bundle.js';
import type { Identity, ResolvedPeer } from '../../protocol/identity.js';
import type { ReportTo } from '../../protocol/channel.js';
import type { Peer } from '../../protocol/peer.js';
import type { IngressGateway, IngressSettings, IngressState } from '../model.js';
import type { NotInForce } from '../outcome.js';
import { createExporting } from '../../exports/exporting.js';
import type { Exported } from '../../exports/merge.js';
import { createHeadlessPods } from '../../exports/headless.js';
import { reduceCaller } from '../../exports/spared.js';
import { createDialOut } from '../reverse/dialout.js';
import type { OwnIngress } from '../reverse/own.js';
import type { Resolver } from '../../net/resolve.js';
import { createAgent, named, type Agent, type AgentOptions, type Desired } from './agent.js';
import { createCallerMemory } from './callermemory.js';
import { createCatalogs } from './catalogs.js';
import { createTrustReporter } from './trustreport.js';
import { createIdentityReader } from './identity.js';
import { createInviter } from './inviter.js';
import { createKeyPairReader } from './keypair.js';
import { createPeerReader, ofPresentLinks } from './peers.js';
import { whenQuiet } from './quiet.js';
import { createReports } from './report.js';
import { createSources } from './sources.js';

/** What the agent of an ingress gateway is given. */
export interface IngressAgentOptions extends AgentOptions {
  /** Makes the gateway. */
  readonly gateway: (
    given: Required<Pick<IngressSettings, 'report' | 'catalog' | 'onChange' | 'inviter'>>,
  ) => IngressGateway;
  /** For peers that call over connections which we dial: where the gateway listens. @default no peer is dialled */
  readonly dialling?: { readonly ingress: OwnIngress; readonly resolver: Resolver };
}

/** How long (ms) the first state waits for the pods of headless Services; whatever else is exported must not wait longer. */
const podsWait = 10_000;

interface Served extends IngressState {
  readonly own: Identity;
  readonly peers: readonly ResolvedPeer[];
  readonly exported: Exported;
}

/** Keeps an ingress gateway on what the Links export, and answers peers which of it they may reach. */
export function createIngressAgent(options: IngressAgentOptions): Agent {
  const { kube, namespace, clock, log } = options;
  const one = (name: string) => ({ ...named(namespace, name), clock, log });
  const calling = (resource: Resource<ServiceCaller>) =>
    createReflector(kube, resource, { clock, log, transform: reduceCaller });
  const reflectors = {
    validating: calling(validatingWebhooks),
    mutating: calling(mutatingWebhooks),
    apis: calling(apiServices),
    links: createReflector(kube, links, { clock, log }),
    services: createReflector(kube, services, { clock, log }),
    invitations: createReflector(kube, invitations, { clock, log }),
    namespaces: createReflector(kube, namespaces, { clock, log }),
    peers: createReflector(kube, configMaps, one(ownNames.peers)),
    identity: createReflector(kube, configMaps, one(ownNames.identity)),
    leaves: createReflector(kube, secrets, one(ownNames.ingressTls)),
  };
  const sources = createSources(
    {
      Links: reflectors.links,
      Services: reflectors.services,
      Namespaces: reflectors.namespaces,
      ValidatingWebhookConfigurations: reflectors.validating,
      MutatingWebhookConfigurations: reflectors.mutating,
      APIServices: reflectors.apis,
      [`ConfigMap ${ownNames.peers}`]: reflectors.peers,
      [`ConfigMap ${ownNames.identity}`]: reflectors.identity,
      [`Secret ${ownNames.ingressTls}`]: reflectors.leaves,
    },
    // traffic does not wait for a kind that an older installation does not have
    { clock, log, optional: [reflectors.invitations] },
  );

  const identityReader = createIdentityReader(clock);
  let own: Identity | undefined;
  let peers: readonly Peer[] = [];
  const keyPair = createKeyPairReader(
    { name: ownNames.ingressTls, role: 'ingress', cluster: () => own?.cluster },
    clock,
  );
  const peerReader = createPeerReader(clock);
  const pods = createHeadlessPods({ kube, check: true, clock, log });
  /** Until when (monotonic ms) the first state waits for the pods of headless Services. */
  let waitsUntil: number | undefined;
  let isFirst = true;
  const exporting = createExporting({
    links: reflectors.links.cache,
    services: reflectors.services.cache,
    namespaces: reflectors.namespaces.cache,
    callers: () =>
      [reflectors.validating, reflectors.mutating, reflectors.apis].flatMap(({ cache }) => cache.list()),
    pods,
    own: namespace,
  });
  pods.onChange(() => again());
  const reports = createReports();
  const memory = createCallerMemory(clock);
  /** Fingerprints of our own CAs. */
  let ours: ReadonlySet<string> = new Set();
  const { instance = hostname() } = options;
  const trustReporter = createTrustReporter({
    kube,
    namespace,
    instance,
    clock,
    log,
    heard: () => memory.trusted(),
  });
  let again = () => {};
  const reportTo: ReportTo = (link, trusts) => {
    const answer = reports.to(link);
    if (answer === undefined) throw new Error(`nothing is in force yet for link ${link}`);
    // what is no CA of ours would only fill what the operator reads
    memory.heard(
      link,
      trusts.filter((print) => ours.has(print)),
    );
    return answer;
  };
  const catalogs = createCatalogs({ kube, services: reflectors.services.cache, clock, log });
  const { dialling } = options;
  const dialOut = dialling && createDialOut({ ...dialling, clock, log, pod: instance });
  const inviter = createInviter({
    ...{ kube, clock, log, invitations: reflectors.invitations.cache, links: reflectors.links.cache },
    own: () => own,
    peers: () => peers,
  });
  const catalog = catalogs.of;
  const gateway = options.gateway({ report: reportTo, catalog, inviter, onChange: () => again() });

  function build(request: () => void): Desired<Served> {
    again = request;
    const before = own;
    own = identityReader.read(reflectors.identity.cache.list()[0]);
    if (own !== undefined && own !== before)
      ours = new Set([...fingerprints(own.caBundle, new Date(clock.now())), ...(own.next ? [own.next] : [])]);
    const identity = keyPair.read(reflectors.leaves.cache.list()[0]);
    const settled = peerReader.read(reflectors.peers.cache.list()[0]);
    const problems = [...keyPair.problems(), ...identityReader.problems(), ...peerReader.problems()];
    const lookAgainIn = earlier(keyPair.lookAgainIn(), inviter.lookAgainIn());
    if (identity === undefined || own === undefined || settled === undefined)
      return { problems, lookAgainIn };
    peers = ofPresentLinks(settled, (link) => reflectors.links.cache.get(link)?.metadata.uid);
    // what of it cannot be exported at all, the operator says
    const exported = exporting(peers);
    // a state without these exports would cut the connections that HAProxy carries to them since before our start
    waitsUntil ??= clock.monotonic() + podsWait;
    const wait = waitsUntil - clock.monotonic();
    if (isFirst && !pods.settled && wait > 0)
      return {
        problems: [...problems, 'the pods of exported headless Services are not known yet'],
        lookAgainIn: Math.min(wait, lookAgainIn ?? wait),
      };
    isFirst = false;
    return {
      state: {
        ...{ own, cluster: own.cluster, identity, peers, exports: exported.exports, exported },
        invites: inviter.isOpen(),
      },
      problems,
      lookAgainIn,
    };
  }

  async function apply({ own, exported, ...state }: Served): Promise<readonly NotInForce[]> {
    const missing = await gateway.apply(state);
    trustReporter.wanted(own.next !== undefined);
    reports.update({ own, peers: state.peers, exports: state.exports, missing });
    catalogs.update({ own, peers: state.peers, exported, missing });
    dialOut?.update(state.peers, state);
    return missing;
  }

  async function leave(): Promise<void> {
    dialOut?.leave();
    const outcome = await whenQuiet(() => gateway.connections(), options.leaveMs, clock);
    log.info('the ingress gateway leaves', { outcome, connections: gateway.connections() });
  }

  async function close(): Promise<void> {
    trustReporter.stop();
    catalogs.stop();
    pods.stop();
    await gateway.close(options.drainMs);
    dialOut?.close();
  }

  return createAgent({ sources, build, apply, problem: () => gateway.problem?.(), leave, close }, options);
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
