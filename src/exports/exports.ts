import type { ExportReason } from '../api/conditions.js';
import type { Link } from '../api/link.js';
import { keys } from '../api/names.js';
import type { LabelSelector, Service, ServicePort } from '../api/objects.js';
import { controllingMirror } from '../api/owner.js';
import { keyOf } from '../api/resources.js';
import { isEmptySelector } from '../api/selector.js';
import { matches } from '../runtime/selector.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import { isAllowedTarget } from '../net/target.js';
import type { Peer } from '../protocol/peer.js';
import type { Export } from './export.js';
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

/**
 * The exports of one service by the rules: each TCP port under its service ID, at the service's own ClusterIP.
 *
 * @param namespaceLabels labels of the service's namespace; absent while it is not known
 * @param spared the Services that are exported only if a selector names them
 */
export function exportsOf(
  service: Readonly<Service>,
  namespaceLabels: Readonly<Record<string, string>> | undefined,
  rules: readonly ExportRule[],
  spared: Spared,
): ServiceExports {
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
  if (clusterIP === 'None')
    return refuse(
      'UnsupportedService',
      'headless Services cannot be exported; export a Service with a ClusterIP',
    );
  if (clusterIP === '') return nothing;
  if (!isAllowedTarget(clusterIP))
    return refuse(
      'UnsupportedService',
      `its ClusterIP ${clusterIP} is not an address that a gateway may call`,
    );
  const open = ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  if (open.length === 0) return refuse('UnsupportedProtocol', 'it has no TCP port');
  const selectorless = Object.keys(selector ?? {}).length === 0;
  const allowing = selecting.filter((rule) => !selectorless || rule.allowSelectorless);
  const denying = naming.filter((rule) => !allowing.includes(rule));
  const denied = refused(
    'SelectorlessNotAllowed',
    `it has no selector; set exports.allowSelectorless in Link ${denying.map(({ link }) => link).join(', ')}`,
    { by: denying },
  );
  if (allowing.length === 0) return { exports: [], problems: denied };

  const allow = linksOf(allowing);
  const { exports, problems } = portsOf(service, open, allow);
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
  return { exports, problems: [...denied, ...problems, ...nodeLocal] };
}

/** The export of each TCP port of a service, or its problem. */
function portsOf(
  service: Readonly<Service>,
  open: readonly ServicePort[],
  allow: ReadonlySet<string>,
): ServiceExports {
  const { namespace = '', name } = service.metadata;
  const key = keyOf(service);
  const exports: ServiceExport[] = [];
  const problems: ExportProblem[] = [];
  for (const one of open) {
    const { port } = one;
    const protocol = protocolOf(service, one);
    if ('problem' in protocol) {
      const message = `port ${port} is not exported: ${protocol.problem}`;
      problems.push({ service: key, reason: 'InvalidAnnotation', message, links: allow });
    } else
      exports.push({
        ...{ service: key, serviceId: serviceIdOf({ namespace, name, port }) },
        ...{ target: { host: service.spec.clusterIP ?? '', port }, protocol, allow },
      });
  }
  return { exports, problems };
}

function linksOf(rules: readonly ExportRule[]): ReadonlySet<string> {
  return new Set(rules.map(({ link }) => link));
}

/** A cluster never exports its API server, whoever names it. */
function isApiServer({ metadata }: Readonly<Service>): boolean {
  return metadata.namespace === 'default' && metadata.name === 'kubernetes';
}

/**
 * A cluster does not export services that it has imported. A mirror of ours is recognised by its controller, because anybody
 * who may label a Service could otherwise hide it with a label. Mirrors of Linkerd have no owner, and are recognised by
 * Linkerd's label. Neither is reported as a problem: a label that travels may select a mirror without anybody's intention.
 */
export function isMirror({ metadata }: Readonly<Service>): boolean {
  const { labels } = metadata;
  if (labels?.[keys.mirroredService] === 'true') return true;
  return controllingMirror({ metadata }) !== undefined;
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
