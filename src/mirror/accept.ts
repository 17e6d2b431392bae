import { hasClusters, localCluster } from '../api/backends.js';
import { discoveryOf } from '../api/link.js';
import { keys } from '../api/names.js';
import type { LabelSelector, Service } from '../api/objects.js';
import { controllingMirror, isMirror } from '../api/owner.js';
import { adoptionOf, isMadeByLinkerd, whyNotAdopted } from './adoption.js';
import type { Family } from '../endpoints/family.js';
import { hostnamesOf } from './pods.js';
import { unchangeable } from './servicespec.js';
import { isHeadless, isOwned, missingPorts } from './source.js';
import {
  carries,
  localName,
  type BackendView,
  type Reason,
  type RemoteSource,
  type TransportLimits,
} from './view.js';

/** Matches selectors; passed in, so that this room depends on no runtime. */
export type Matches = (selector: LabelSelector, labels: Readonly<Record<string, string>>) => boolean;

/** The input of acceptance in addition to the view. */
export interface AcceptInput {
  readonly view: BackendView;
  readonly source: RemoteSource;
  readonly limits?: TransportLimits;
  readonly matches: Matches;
  /** The address families of the mirror's endpoints; absent: not known, or irrelevant. */
  readonly families?: readonly Family[] | undefined;
}

/** A rule: the reason why the mirror cannot be accepted, or nothing. */
type AcceptRule = (input: AcceptInput) => Reason | undefined;

/**
 * The reason why the mirror cannot be accepted here, or nothing. The first rule wins; the order is the one in which a
 * user would fix the faults.
 */
const rules: readonly AcceptRule[] = [
  specIsSound,
  localIsHere,
  linkExists,
  linkImports,
  namespaceMayMirror,
  remoteNamespaceMayBeUsed,
  remoteNamespaceIsWatched,
  nameIsFree,
  serviceIsNoMirror,
  serviceIsSupported,
  headlessIsAlone,
  hostnameIsOfHeadless,
  familyIsGiven,
  portsExist,
  protocolsAreSupported,
];

/** The first reason why a backend may not serve the mirror; undefined: it may. */
export function whyNotAccepted(input: AcceptInput): Reason | undefined {
  for (const rule of rules) {
    const notAccepted = rule(input);
    if (notAccepted !== undefined) return notAccepted;
  }
  return undefined;
}

function specIsSound({ view: { problems } }: AcceptInput): Reason | undefined {
  return problems.length === 0 ? undefined : { reason: 'InvalidSpec', message: problems.join('; ') };
}

/** This cluster's own Services are taken from the mirror's own namespace. */
function localIsHere({ view: { mirror, backend } }: AcceptInput): Reason | undefined {
  if (backend.cluster !== localCluster || backend.namespace === mirror.metadata.namespace) return undefined;
  return {
    reason: 'InvalidSpec',
    message: `spec.service.namespace: 'local' is a Service of the mirror's own namespace "${mirror.metadata.namespace}"; leave the namespace out, or take 'local' out of spec.clusters`,
  };
}

/** The field of the spec that names the Link. */
function fieldOf({ mirror }: BackendView): string {
  return hasClusters(mirror) ? 'spec.clusters' : 'spec.cluster';
}

function linkExists({ view }: AcceptInput): Reason | undefined {
  const { backend, link, linkProblems } = view;
  if (link !== undefined) return undefined;
  const { cluster } = backend;
  const field = fieldOf(view);
  if (linkProblems.length > 0) {
    const message = `${field}: Link "${cluster}" cannot be used: ${linkProblems.join('; ')}`;
    return { reason: 'LinkNotFound', message };
  }
  return {
    reason: 'LinkNotFound',
    message: `${field}: there is no Link "${cluster}"; create it, or name an existing one (kubectl get links.linkerd.io)`,
  };
}

function linkImports({ view }: AcceptInput): Reason | undefined {
  const { backend, link } = view;
  if (link !== undefined && discoveryOf(link.spec) !== undefined) return undefined;
  const { cluster } = backend;
  return {
    reason: 'LinkNotFound',
    message: `${fieldOf(view)}: Link "${cluster}" only exports; to import from it, set its spec.peer and spec.gateway.addresses, or its spec.credentialsSecretRef`,
  };
}

function namespaceMayMirror({ view, matches }: AcceptInput): Reason | undefined {
  const { mirror, backend, link, namespace } = view;
  const selector = link?.spec.imports?.namespaces;
  if (selector === undefined) return undefined;
  // a namespace that has not been seen has no known labels, which is not the same as having none: a selector may
  // require absence
  if (namespace === undefined)
    return {
      reason: 'Pending',
      message: `namespace "${mirror.metadata.namespace}" has not been seen yet, and spec.imports.namespaces of Link "${backend.cluster}" selects by its labels`,
    };
  if (matches(selector, namespace.metadata.labels ?? {})) return undefined;
  return {
    reason: 'NamespaceNotAllowed',
    message: `namespace "${mirror.metadata.namespace}" is not selected by spec.imports.namespaces of Link "${backend.cluster}"; label the namespace, or widen the selector`,
  };
}

function remoteNamespaceMayBeUsed({ view: { mirror, backend, link } }: AcceptInput): Reason | undefined {
  const { namespace } = backend;
  if (link?.spec.imports?.namespaceMapping === 'Any' || namespace === mirror.metadata.namespace)
    return undefined;
  return {
    reason: 'NamespaceNotAllowed',
    message: `spec.service.namespace: a mirror in "${mirror.metadata.namespace}" may not take from remote namespace "${namespace}"; move the mirror there, or set spec.imports.namespaceMapping of Link "${backend.cluster}" to Any`,
  };
}

/** A cluster that is not watched cannot show that a service is absent. */
function remoteNamespaceIsWatched({ view: { backend, link } }: AcceptInput): Reason | undefined {
  const { namespace } = backend;
  const watched = link?.spec.imports?.remoteNamespaces ?? [];
  if (watched.length === 0 || watched.includes(namespace)) return undefined;
  return {
    reason: 'NamespaceNotAllowed',
    message: `spec.service.namespace: remote namespace "${namespace}" is not among spec.imports.remoteNamespaces of Link "${backend.cluster}"; add it there`,
  };
}

function nameIsFree({ view: { mirror, local }, source, families }: AcceptInput): Reason | undefined {
  if (local === undefined || isOwned(local, mirror)) return undefined;
  if (local.metadata.deletionTimestamp !== undefined) return { reason: 'Pending', message: leaving(local) };
  if (controllingMirror(local)?.name === mirror.metadata.name)
    return {
      reason: 'Pending',
      message: `Service "${localName(mirror)}" is left over from an earlier ServiceMirror "${mirror.metadata.name}" and is being deleted; then the mirror makes its own`,
    };
  if (adoptionOf(mirror) !== undefined) {
    const because = source.kind === 'live' ? unchangeable(local, source, families) : undefined;
    const why =
      whyNotAdopted(mirror, local) ??
      (because && `Service "${localName(mirror)}" cannot keep its cluster IP, since ${because}; delete it`);
    if (why === undefined) return undefined;
    return { reason: 'NameConflict', message: `the mirror does not take over what is there: ${why}` };
  }
  const owner = local.metadata.ownerReferences?.find((ref) => ref.controller === true);
  const whose = owner === undefined ? '' : ` (it belongs to ${owner.kind} "${owner.name}")`;
  return {
    reason: 'NameConflict',
    message: `a Service "${localName(mirror)}" that is not this mirror's already exists in namespace "${mirror.metadata.namespace}"${whose}; delete or rename it, or make a mirror with another spec.name${isMadeByLinkerd(local) ? `; to take over this mirror of Linkerd's, write its UID into annotation ${keys.adoptService} of the ServiceMirror` : ''}`,
  };
}

/** The message for a Service that is being deleted: its name is free when its finalizers are done. */
export function leaving({ metadata: { name, namespace, finalizers = [] } }: Readonly<Service>): string {
  const held = finalizers.length === 0 ? '' : `, and is held by finalizer ${finalizers.join(', ')}`;
  return `Service "${name}" in namespace "${namespace}" is being deleted${held}; the mirror makes its own when that one is gone`;
}

/** Mirrors of mirrors may name each other, and would then show each other endpoints that are long gone. */
function serviceIsNoMirror({ source }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live' || source.service === undefined) return undefined;
  if (!isMirror(source.service)) return undefined;
  const mirror = controllingMirror(source.service);
  const whose = mirror === undefined ? "of Linkerd's" : `(of ServiceMirror "${mirror.name}" there)`;
  return {
    reason: 'UnsupportedService',
    message: `the remote service is itself a mirror ${whose}; mirror the service that it stands for, from the cluster that has it`,
  };
}

function serviceIsSupported({ source, limits }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live') return undefined;
  if (source.service?.spec.type === 'ExternalName') {
    return {
      reason: 'UnsupportedService',
      message:
        'the remote service is of type ExternalName, which has no endpoints; mirror the service it stands for',
    };
  }
  if (!source.headless || limits === undefined || limits.headless) return undefined;
  // each pod is mirrored by its host name; without pods it is not known whether they have any
  if (source.total === 0 || hostnamesOf(source.slices).names.length > 0) return undefined;
  return {
    reason: 'UnsupportedService',
    message: `the remote service is headless and its pods have no host names, as those of a StatefulSet have, so that transport ${limits.transport} cannot tell them apart; mirror a Service with a cluster IP, or use transport flat`,
  };
}

/** The names of its pods would lead to the egress gateways, or to the pods of one cluster alone. */
function headlessIsAlone({ view: { mirror, backend }, source }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live' || !source.headless || !hasClusters(mirror)) return undefined;
  return {
    reason: 'UnsupportedService',
    message: `the Service of cluster "${backend.cluster}" is headless, and a headless Service cannot be one of several; mirror it by itself (spec.cluster), or give it a cluster IP`,
  };
}

/** All pods of a Service with a ClusterIP answer alike, and their gateway knows no single one of them. */
function hostnameIsOfHeadless({ view: { backend }, source }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live' || source.service === undefined || backend.hostname === undefined)
    return undefined;
  if (isHeadless(source.service)) return undefined;
  return {
    reason: 'InvalidSpec',
    message: `spec.service.hostname: the remote service has a cluster IP, and only a headless one has pods with names; leave hostname out, or name a headless Service`,
  };
}

/** If both families are possible, one is enough. */
function familyIsGiven({ view, source, limits, families = [] }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live' || source.headless || families.length === 0) return undefined;
  if (!families.every((family) => view.absentFamilies?.includes(family))) return undefined;
  const [family] = families;
  const whose = limits?.transport === 'flat' ? 'the remote service has' : 'the egress gateways have';
  const mend =
    limits?.transport === 'flat'
      ? 'give the remote service the other family, too (ipFamilyPolicy: PreferDualStack), or use transport gateway'
      : "give them addresses of the Services' family";
  return {
    reason: 'UnsupportedService',
    message: `${whose} only ${family} addresses, and this cluster's API server is not configured to give ${family} to Services; ${mend}`,
  };
}

function portsExist({ view: { mirror }, source }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live') return undefined;
  const ports = source.service?.spec.ports ?? [];
  const missing = missingPorts(ports, mirror);
  // one of several clusters serves the ports that it has
  const isEnough = hasClusters(mirror) && missing.length < (mirror.spec.ports?.length ?? 0);
  if (missing.length > 0 && !isEnough) {
    const offered = ports.map(({ port, name }) => (name ? `${port} ("${name}")` : port)).join(', ') || 'none';
    const asked = missing.map((want) => (typeof want === 'string' ? `"${want}"` : want)).join(', ');
    return {
      reason: 'InvalidSpec',
      message: `spec.ports: the remote service has no port ${asked}; it has ${offered}`,
    };
  }
  if (ports.length > 0 || source.headless) return undefined;
  return { reason: 'UnsupportedService', message: 'the remote service has no ports' };
}

function protocolsAreSupported({ source, limits }: AcceptInput): Reason | undefined {
  if (source.kind !== 'live' || limits === undefined || source.ports.length === 0) return undefined;
  if (source.ports.some((port) => carries(limits, port.protocol))) return undefined;
  const protocols = [...new Set(source.ports.map((port) => port.protocol ?? 'TCP'))].join(', ');
  return {
    reason: 'UnsupportedProtocol',
    message: `transport ${limits.transport} carries ${limits.protocols.join(', ')}, not ${protocols}; use transport flat`,
  };
}
