import type { Link } from '../api/link.js';
import { keys } from '../api/names.js';
import type { LabelSelector, Service } from '../api/objects.js';
import { keyOf, serviceMirrors } from '../api/resources.js';
import { isEmptySelector } from '../api/selector.js';
import { matches } from '../runtime/selector.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import { isAllowedTarget } from '../net/target.js';
import type { Address } from '../net/address.js';
import type { Peer } from '../protocol/peer.js';
import type { Export } from './export.js';
import { isSpared, type Spared } from './spared.js';
import { protocolOf } from './protocol.js';

/** What one Link lets its peer call; made by {@link rulesOf}. */
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

/** A service that a Link selects and that is not served, or not wholly, and why. */
export interface ExportProblem {
  /** `namespace/name`. */
  readonly service: string;
  readonly message: string;
  /** It is exported all the same. */
  readonly served?: true;
}

/** What is exported, and what cannot be. */
export interface Exported<E extends Export = Export> {
  readonly exports: readonly E[];
  readonly problems: readonly ExportProblem[];
}

const nothing: Exported<ServiceExport> = { exports: [], problems: [] };

/** The rules of all Links that export something to a settled peer; a Link without a peer exports to nobody. */
export function rulesOf(
  links: readonly Pick<Link, 'metadata' | 'spec'>[],
  peers: readonly Pick<Peer, 'link'>[],
): ExportRule[] {
  const settled = new Set(peers.map((peer) => peer.link));
  return links.flatMap(({ metadata, spec: { exports } }) => {
    const services = exports?.all === true ? 'all' : exports?.services;
    // a selector that requires nothing would export everything by accident: `all` says so on purpose
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
 * What the rules export of one service: each TCP port under its service ID, at the service's own ClusterIP.
 *
 * @param namespaceLabels labels of the service's namespace; absent while it is not known
 * @param spared what is exported only to who names it by a selector
 */
export function exportsOf(
  service: Readonly<Service>,
  namespaceLabels: Readonly<Record<string, string>> | undefined,
  rules: readonly ExportRule[],
  spared: Spared,
): Exported<ServiceExport> {
  if (isNeverExported(service)) return nothing;
  const selecting = rules.filter(
    (rule) =>
      selects(rule, service, namespaceLabels) && (rule.services !== 'all' || !isSpared(service, spared)),
  );
  if (selecting.length === 0) return nothing;
  // `all` also sweeps in what cannot be exported: only who names a service wants to hear about it
  const named = selecting.some((rule) => rule.services !== 'all');
  const refuse = (message: string) =>
    named ? { exports: [], problems: [{ service: keyOf(service), message }] } : nothing;

  const { clusterIP = '', type, selector, ports = [] } = service.spec;
  if (type === 'ExternalName')
    return refuse('a Service of type ExternalName leads out of the cluster and is not exported');
  if (clusterIP === 'None') return refuse('headless Services are not exported yet');
  if (clusterIP === '') return nothing;
  if (!isAllowedTarget(clusterIP))
    return refuse(`its ClusterIP ${clusterIP} is not an address that a gateway may call`);
  const selectorless = Object.keys(selector ?? {}).length === 0;
  const allow = new Set(
    selecting.filter((rule) => !selectorless || rule.allowSelectorless).map((rule) => rule.link),
  );
  if (allow.size === 0)
    return refuse('it has no selector; set exports.allowSelectorless in the Link to export it all the same');
  const open = ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  if (open.length === 0) return refuse('it has no TCP port');

  const { namespace = '', name } = service.metadata;
  const exports: ServiceExport[] = [];
  const problems: ExportProblem[] = [];
  for (const one of open) {
    const { port } = one;
    const protocol = protocolOf(service, one);
    if ('problem' in protocol) problems.push({ service: keyOf(service), message: protocol.problem });
    else
      exports.push({
        ...{ service: keyOf(service), serviceId: serviceIdOf({ namespace, name, port }) },
        ...{ target: { host: clusterIP, port }, protocol, allow },
      });
  }
  // the gateway's node is the one that this policy speaks of, wherever the caller is
  if (named && exports.length > 0 && service.spec.internalTrafficPolicy === 'Local') {
    const message =
      'its internalTrafficPolicy is Local, so that a gateway reaches only pods of its own node; set it to Cluster';
    problems.push({ service: keyOf(service), message, served: true });
  }
  return { exports, problems };
}

/**
 * Puts the exports of all services together. A service ID that stands for two targets (a collision of hashes, or one that
 * somebody has made on purpose) serves neither: a caller must never reach another service than the one it means.
 */
export function mergeExports(all: Iterable<Exported<ServiceExport>>): Exported {
  const byServiceId = new Map<string, ServiceExport>();
  const clashing = new Map<string, Set<string>>();
  const problems: ExportProblem[] = [];
  for (const one of all) {
    problems.push(...one.problems);
    for (const candidate of one.exports) {
      const other = byServiceId.get(candidate.serviceId);
      if (other === undefined) byServiceId.set(candidate.serviceId, candidate);
      else if (sameTarget(other.target, candidate.target))
        byServiceId.set(candidate.serviceId, united(other, candidate));
      else
        clashing.set(
          candidate.serviceId,
          new Set([...(clashing.get(candidate.serviceId) ?? [other.service]), candidate.service]),
        );
    }
  }
  for (const [serviceId, services] of clashing) {
    byServiceId.delete(serviceId);
    for (const service of services) {
      const others = [...services].filter((one) => one !== service).join(', ') || 'another port of its own';
      problems.push({
        service,
        message: `its service ID ${serviceId} also stands for ${others}: neither is exported`,
      });
    }
  }
  return { exports: [...byServiceId.values()], problems };
}

function united(one: ServiceExport, other: ServiceExport): ServiceExport {
  return { ...one, allow: new Set([...one.allow, ...other.allow]) };
}

function sameTarget(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}

/**
 * The API server's own Service, and mirrors: a cluster passes on neither its control plane nor what it has itself borrowed.
 * A mirror of ours is known by its controller, since whoever may label a Service could hide it with a label. Mirrors of
 * Linkerd have no owner, and are known by Linkerd's label.
 */
function isNeverExported({ metadata }: Readonly<Service>): boolean {
  const { namespace, name, labels, ownerReferences } = metadata;
  if (namespace === 'default' && name === 'kubernetes') return true;
  if (labels?.[keys.mirroredService] === 'true') return true;
  const controller = ownerReferences?.find((owner) => owner.controller === true);
  return (
    controller?.kind === serviceMirrors.kind && controller.apiVersion.startsWith(`${serviceMirrors.group}/`)
  );
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
