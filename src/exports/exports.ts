import type { ExportReason } from '../api/conditions.js';
import type { Link } from '../api/link.js';
import { mostHostnames } from '../api/names.js';
import type { LabelSelector, Service, ServicePort } from '../api/objects.js';
import { isMirror } from '../api/owner.js';
import { keyOf } from '../api/resources.js';
import { isEmptySelector } from '../api/selector.js';
import { matches } from '../runtime/selector.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import { isAllowedTarget } from '../net/target.js';
import type { Peer } from '../protocol/peer.js';
import type { Export } from './export.js';
import type { NamedPod, ServicePods } from './pods.js';
import { isSpared, type Spared } from './spared.js';
import { protocolOf } from './protocol.js';

/** What the peer of one Link may call; made by {@link exportRulesOf}. */
export interface ExportRule {
  readonly link: string;
  readonly services: LabelSelector | 'all';
  /** Absent: all namespaces. */
  readonly namespaces?: LabelSelector;
  readonly allowSelectorless: boolean;
}

/** One exported port, and the service it belongs to. */
export interface ServiceExport extends Export {
  readonly service: string;
  /** The port of the Service. */
  readonly port: number;
  /** Headless: the host name of the pod. */
  readonly hostname?: string;
}

/** What Links may have of a service, whether or not it has pods now. */
export interface Offer {
  /** Its TCP ports that can be exported. */
  readonly ports: readonly number[];
  readonly links: ReadonlySet<string>;
  /** It is headless, and its pods are not known yet. */
  readonly isBlind?: true;
}

/** A problem of a service that Links select, which somebody has to fix. */
export interface ExportProblem {
  /** `namespace/name`. */
  readonly service: string;
  readonly reason: ExportReason;
  /** Names what is not exported, the cause and the fix. */
  readonly message: string;
  /** The affected Links, which select the service. */
  readonly links: ReadonlySet<string>;
}

/** What one service exports, and its problems. */
export interface ServiceExports {
  readonly exports: readonly ServiceExport[];
  readonly problems: readonly ExportProblem[];
  /** Absent: no Link may have anything of it. */
  readonly offer?: Offer;
}

const nothing: ServiceExports = { exports: [], problems: [] };

/** The rules of all Links that export something to a resolved peer; a Link without a peer exports to nobody. */
export function exportRulesOf(
  links: readonly Pick<Link, 'metadata' | 'spec'>[],
  peers: readonly Pick<Peer, 'link'>[],
): ExportRule[] {
  const settled = new Set(peers.map((peer) => peer.link));
  return links.flatMap(({ metadata, spec: { exports } }) => {
    const services = exports?.all === true ? 'all' : exports?.services;
    // a selector without requirements would export everything by accident; `all` says it explicitly
    const says = services === 'all' || (services !== undefined && !isEmptySelector(services));
    if (!says || !settled.has(metadata.name)) return [];
    return {
      ...{ link: metadata.name, services },
      ...(exports?.namespaces !== undefined && { namespaces: exports.namespaces }),
      allowSelectorless: exports?.allowSelectorless === true,
    };
  });
}

/** What is known around a service. */
export interface Surroundings {
  /** Labels of the service's namespace; absent while it is not known. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** The pods of the service; asked for only if it is headless and would be exported; undefined while they are not known. */
  readonly pods?: () => ServicePods | undefined;
}

/**
 * The exports of one service by the rules: each TCP port under its service ID, at the service's own ClusterIP. A headless
 * service has one for each port of each pod with a host name, at the pod's address.
 *
 * @param spared the Services that are exported only if a selector names them
 */
export function exportsOf(
  service: Readonly<Service>,
  { namespaceLabels, pods }: Surroundings,
  rules: readonly ExportRule[],
  spared: Spared,
): ServiceExports {
  // not reported as a problem: a label that travels may select a mirror without anybody's intention
  if (isMirror(service)) return nothing;
  const selecting = rules.filter(
    (rule) =>
      selects(rule, service, namespaceLabels) && (rule.services !== 'all' || !isSpared(service, spared)),
  );
  if (selecting.length === 0) return nothing;
  const key = keyOf(service);
  // `all` also selects services that cannot be exported; only a Link that names a service wants to hear of it
  const naming = selecting.filter((rule) => rule.services !== 'all');
  const refused = (
    reason: ExportReason,
    message: string,
    { by = naming }: { by?: readonly ExportRule[] } = {},
  ): ExportProblem[] =>
    by.length === 0
      ? []
      : [{ service: key, reason, message: `not exported: ${message}`, links: linksOf(by) }];
  const refuse = (reason: ExportReason, message: string): ServiceExports => ({
    exports: [],
    problems: refused(reason, message),
  });

  const { clusterIP = '', type, selector, ports = [] } = service.spec;
  if (isApiServer(service)) return refuse('UnsupportedService', 'it is the API server of this cluster');
  if (type === 'ExternalName')
    return refuse(
      'UnsupportedService',
      'a Service of type ExternalName leads out of the cluster; export a Service with a ClusterIP',
    );
  const headless = clusterIP === 'None';
  if (clusterIP === '') return nothing;
  if (!headless && !isAllowedTarget(clusterIP))
    return refuse(
      'UnsupportedService',
      `its ClusterIP ${clusterIP} is not an address that a gateway may call`,
    );
  const open = ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  if (open.length === 0) return refuse('UnsupportedProtocol', 'it has no TCP port');
  const selectorless = Object.keys(selector ?? {}).length === 0;
  // its pods are found in slices that Kubernetes makes, and it makes none without a selector
  if (headless && selectorless)
    return refuse(
      'UnsupportedService',
      'it is headless and has no selector; export a Service with a ClusterIP',
    );
  const allowing = selecting.filter((rule) => !selectorless || rule.allowSelectorless);
  const denying = naming.filter((rule) => !allowing.includes(rule));
  const denied = refused(
    'SelectorlessNotAllowed',
    `it has no selector; set exports.allowSelectorless in Link ${denying.map(({ link }) => link).join(', ')}`,
    { by: denying },
  );
  if (allowing.length === 0) return { exports: [], problems: denied };

  const allow = linksOf(allowing);
  const known = headless ? pods?.() : undefined;
  if (known?.nameless === true && known.named.length === 0)
    return refuse(
      'UnsupportedService',
      'it is headless, and its pods have no host names, as those of a StatefulSet have; export a Service with a ClusterIP',
    );
  const targets = headless ? (known?.named ?? []) : [{ address: clusterIP }];
  const { exports, problems } = portsOf(service, { open, targets }, allow);
  const offered = open.filter((one) => !('problem' in protocolOf(service, one))).map(({ port }) => port);
  const isBlind = headless && known === undefined;
  const offer = { ports: offered, links: allow, ...(isBlind && { isBlind }) };
  const left = known?.more === true ? [tooMany(key, allow)] : [];
  // this policy applies to the gateway's node, wherever the caller is
  const nodeLocal =
    naming.length > 0 && exports.length > 0 && service.spec.internalTrafficPolicy === 'Local'
      ? [
          {
            ...({ service: key, reason: 'NodeLocal', links: linksOf(naming) } as const),
            message:
              'exported, but its internalTrafficPolicy is Local, so that a gateway reaches only pods of its own node; set it to Cluster',
          },
        ]
      : [];
  const all = [...denied, ...problems, ...left, ...nodeLocal];
  return { exports, problems: all, ...(offered.length > 0 && { offer }) };
}

/** Where a service is called: at its ClusterIP, or one pod of it by its host name. */
type Target = Pick<NamedPod, 'address'> & Partial<Pick<NamedPod, 'hostname' | 'ports'>>;

/** The export of each TCP port of a service at each of its targets, or its problem. */
function portsOf(
  service: Readonly<Service>,
  { open, targets }: { readonly open: readonly ServicePort[]; readonly targets: readonly Target[] },
  allow: ReadonlySet<string>,
): ServiceExports {
  const { namespace = '', name } = service.metadata;
  const key = keyOf(service);
  const exports: ServiceExport[] = [];
  const problems: ExportProblem[] = [];
  for (const one of open) {
    const { port } = one;
    for (const { address, hostname, ports } of targets) {
      const at = hostname === undefined ? {} : { hostname };
      const protocol = protocolOf(service, one, hostname);
      // a pod may lack a port that others offer
      const number = ports === undefined ? port : ports[one.name ?? ''];
      if (!('problem' in protocol) && number !== undefined)
        exports.push({
          ...{ service: key, port, ...at, serviceId: serviceIdOf({ namespace, name, ...at, port }) },
          ...{ target: { host: address, port: number }, protocol, allow },
        });
    }
    const protocol = protocolOf(service, one);
    if ('problem' in protocol) {
      const message = `port ${port} is not exported: ${protocol.problem}`;
      problems.push({ service: key, reason: 'InvalidAnnotation', message, links: allow });
    }
  }
  return { exports, problems };
}

function tooMany(service: string, links: ReadonlySet<string>): ExportProblem {
  return {
    ...({ service, reason: 'UnsupportedService', links } as const),
    message: `it is headless and has more than ${mostHostnames} pods with host names: only the first ${mostHostnames} in the order of their names are exported; divide the pods among several Services`,
  };
}

function linksOf(rules: readonly ExportRule[]): ReadonlySet<string> {
  return new Set(rules.map(({ link }) => link));
}

/** A cluster never exports its API server, whoever names it. */
function isApiServer({ metadata }: Readonly<Service>): boolean {
  return metadata.namespace === 'default' && metadata.name === 'kubernetes';
}

function selects(
  rule: ExportRule,
  { metadata }: Readonly<Service>,
  namespaceLabels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (rule.services !== 'all' && !matches(rule.services, metadata.labels ?? {})) return false;
  if (rule.namespaces === undefined) return true;
  return namespaceLabels !== undefined && matches(rule.namespaces, namespaceLabels);
}
