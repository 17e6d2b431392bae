import type { EgressPod, GatewayFacts } from '../../src/transport/transport.js';
import { backendsOfSpec, type NonEmpty } from '../../src/api/backends.js';
import { sourceOf } from '../../src/mirror/source.js';
import type { Backend, BackendView, MirrorInput } from '../../src/mirror/view.js';
import type { Applied, LinkReport } from '../../src/protocol/applied.js';
import type { PeerReport } from '../../src/protocol/report.js';
import { aLink, aMirror, aNamespace, frozen } from './objects.js';

/** Fields of a view that a test wants otherwise; undefined: left out. */
export type ViewFields = { [K in keyof BackendView]?: BackendView[K] | undefined };

/** A mirror as seen with its first backend: a Link, and a synced, empty remote cluster. */
export function aView(fields: ViewFields = {}): BackendView {
  const { mirror = aMirror() } = fields;
  const all = {
    mirror,
    problems: [],
    backend: backendsOfSpec(mirror)[0],
    link: aLink(),
    linkProblems: [],
    namespace: aNamespace(),
    slices: [],
    remote: { synced: true, slices: [] },
    gatewayPorts: new Map<number, number>(),
    ...fields,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return frozen(Object.fromEntries(given) as unknown as BackendView);
}

/** A backend of which only what is given is known. */
export function aBackend(fields: Partial<Backend> = {}): Backend {
  const view = fields.view ?? aView();
  return frozen({
    ...{ view, source: sourceOf(view, fields.limits), notAccepted: undefined, limits: undefined },
    ...{ metadata: undefined, families: undefined, answer: undefined },
    ...fields,
  });
}

/** The input for a mirror of these backends; a slice is the mirror's when it is that of one of them. */
export function anInput(first: Partial<Backend> = {}, ...others: Partial<Backend>[]): MirrorInput {
  const backends: NonEmpty<Backend> = [aBackend(first), ...others.map(aBackend)];
  const { mirror, problems, namespace, local, absentFamilies } = backends[0].view;
  const view = {
    ...{ mirror, problems, slices: backends.flatMap(({ view: { slices } }) => slices) },
    ...(namespace !== undefined && { namespace }),
    ...(local !== undefined && { local }),
    ...(absentFamilies !== undefined && { absentFamilies }),
  };
  return frozen({ view, backends });
}

/** What an egress gateway has in force: nothing but what is given. */
export function anApplied(more: Partial<Applied> = {}): Applied {
  return { routes: new Map(), links: new Map(), draining: false, ...more };
}

/** An egress pod that routes these ports (egress port to service ID) over Link `paris`, and reaches it. */
export function anEgressPod(
  name: string,
  o: {
    addresses?: readonly string[];
    routes?: Readonly<Record<number, string>>;
    link?: string;
    report?: LinkReport | undefined;
    draining?: boolean;
    silent?: boolean;
  } = {},
): EgressPod {
  const { addresses = ['10.1.0.1'], routes = {}, link = 'paris', draining = false } = o;
  if (o.silent === true) return { name, addresses };
  const report = 'report' in o ? o.report : aReport();
  return {
    name,
    addresses,
    applied: {
      routes: new Map(Object.entries(routes).map(([port, serviceId]) => [Number(port), { link, serviceId }])),
      links: new Map(report === undefined ? [] : [[link, report]]),
      draining,
    },
  };
}

/** What a healthy link looks like, to a peer that exports these service IDs. */
export function aReport(labels: readonly string[] = [], more: Partial<LinkReport> = {}): LinkReport {
  const peer: PeerReport = {
    protocol: 2,
    cluster: 'paris-cluster',
    uid: 'uid-paris',
    serviceIds: labels,
    caFingerprints: [],
    addresses: [],
  };
  return { healthy: true, reason: 'Healthy', answering: ['192.0.2.1:4143'], peer, ...more };
}

/** Settled egress gateways. */
export function someFacts(pods: readonly EgressPod[], more: Partial<GatewayFacts> = {}): GatewayFacts {
  return { egress: { complete: true, pods }, ...more };
}
