import { dnsLabel, serviceName, type Format } from '../api/formats.js';
import type { RemoteService } from '../api/backends.js';
import type { Link } from '../api/link.js';
import { nameFrom } from '../api/nametemplate.js';
import { keys, managedBy } from '../api/names.js';
import type { Namespace, Service } from '../api/objects.js';
import { controllingLink, isMirror } from '../api/owner.js';
import { apiVersion, serviceMirrors } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { Matches } from './accept.js';

/** Why a selected remote Service has no automatic mirror. */
export type Unmade =
  /** Its namespace does not exist here, or is being deleted. */
  | 'NamespaceMissing'
  /** The Link has made as many namespaces as it may. */
  | 'TooManyNamespaces'
  /** `imports.namespaces` does not select it, or it is one of the system's and nothing selects it by name. */
  | 'NamespaceNotAllowed'
  /** Another ServiceMirror has the name, or wants it for its Service. */
  | 'NameConflict'
  /** Its own name, or the one that `imports.nameTemplate` gives, is none that a Service may have. */
  | 'InvalidName'
  /** The Link has as many automatic mirrors as it may. */
  | 'TooMany'
  /** It is selected and not selected in turns, and its mirror waits for a while. */
  | 'Flapping'
  /** Our own API server does not take the ServiceMirror. */
  | 'WriteRefused';

/** One Link has so many automatic mirrors at most, because another cluster decides how many there are. */
export const mostAutomatic = 5_000;

/** One Link makes so many namespaces at most, for the same reason. */
export const mostNamespaces = 500;

/** One remote Service that a Link imports automatically, and what stands here in its way. */
export interface AutomaticView {
  readonly link: Readonly<Link>;
  /** The remote Service. */
  readonly service: Readonly<Service>;
  /** The local namespace of the same name; absent: there is none. */
  readonly namespace?: Readonly<Namespace>;
  /** The operator's own namespace. */
  readonly ownNamespace: string;
  /** The mirror that it has already; absent: none. */
  readonly own?: Readonly<ServiceMirror>;
  /** Other ServiceMirrors of that namespace that have the name, or want it for their Service. */
  readonly rivals: readonly Readonly<ServiceMirror>[];
  /** How many automatic mirrors the Link has. */
  readonly made: number;
  /** How many namespaces the Link has made. */
  readonly namespacesMade: () => number;
  readonly matches: Matches;
}

/** The decision about one remote Service. */
export type AutomaticDecision =
  | { readonly kind: 'mirror'; readonly mirror: ServiceMirror }
  /** First there must be a namespace. */
  | { readonly kind: 'namespace'; readonly namespace: Namespace }
  | { readonly kind: 'none'; readonly why: Unmade };

/** What `imports.nameTemplate` is when it is left out. */
export const defaultTemplate = '{service}-{cluster}';

/** The name of the mirror that a remote Service gets. */
export function automaticName(
  link: Readonly<Link>,
  { namespace, name }: Omit<RemoteService, 'cluster'>,
): string {
  const template = link.spec.imports?.nameTemplate ?? defaultTemplate;
  return nameFrom(template, { service: name, namespace, cluster: link.metadata.name });
}

/**
 * The remote Service for which a Link made this mirror; undefined: none did. It stands in an annotation, because
 * somebody may change the spec. A mirror of another namespace is never one: whoever may write mirrors there may write
 * any owner and any annotation. Nor is a copy under another name: its Service still has that of the first.
 */
export function automaticSource({ metadata, spec }: Readonly<ServiceMirror>): RemoteService | undefined {
  if (spec.name !== metadata.name) return undefined;
  const cluster = controllingLink({ metadata })?.name;
  const [namespace = '', name = ''] = metadata.annotations?.[keys.remoteService]?.split('/') ?? [];
  if (cluster === undefined || name === '' || namespace !== metadata.namespace) return undefined;
  return { cluster, namespace, name };
}

/**
 * Whether a Link wants mirrors of that Service. The remote API server filters by the selector, but what is seen may
 * still be that of an earlier one. A mirror is never mirrored: two clusters that import each other's would make mirrors
 * without end.
 */
export function isSelected(service: Readonly<Service>, { spec }: Readonly<Link>, matches: Matches): boolean {
  const { selector, remoteNamespaces = [] } = spec.imports ?? {};
  const { namespace = '', labels = {} } = service.metadata;
  if (isMirror(service)) return false;
  if (remoteNamespaces.length > 0 && !remoteNamespaces.includes(namespace)) return false;
  return selector !== undefined && matches(selector, labels);
}

/**
 * The mirror that a selected remote Service gets: an ordinary ServiceMirror, owned by the Link, in the local namespace
 * of the same name. A mirror that somebody wrote comes first, also when it is younger.
 */
export function decideAutomatic(view: AutomaticView): AutomaticDecision {
  const { link, service } = view;
  const remote = { namespace: service.metadata.namespace ?? '', name: service.metadata.name };
  const name = automaticName(link, remote);
  const why = whyNone(view, { ...remote, mirror: name });
  if (why !== undefined)
    return why === 'NamespaceMissing' ? whereNone(view, remote.namespace) : { kind: 'none', why };
  return {
    kind: 'mirror',
    mirror: {
      ...{ apiVersion, kind: serviceMirrors.kind },
      metadata: {
        ...{ name, namespace: remote.namespace },
        labels: { [keys.managedBy]: managedBy, [keys.link]: link.metadata.name },
        annotations: { [keys.remoteService]: `${remote.namespace}/${remote.name}` },
      },
      spec: { cluster: link.metadata.name, service: remote, name, ...withoutClusters(view.own) },
    },
  };
}

/** `null` removes what somebody has written: a mirror of one cluster may have none of the fields for several. */
function withoutClusters(own: Readonly<ServiceMirror> | undefined): Partial<ServiceMirror['spec']> {
  if (own?.spec.clusters === undefined) return {};
  return { clusters: null, minReady: null, trafficDistribution: null } as object;
}

/**
 * The namespace to make. `imports.namespaces` selects by labels, and a namespace that is not there has none: so it is
 * asked for the labels that it would have.
 */
function whereNone(view: AutomaticView, name: string): AutomaticDecision {
  const { createNamespaces = false, namespaces } = view.link.spec.imports ?? {};
  const none = (why: Unmade) => ({ kind: 'none', why }) as const;
  // one that is being deleted has to go first
  if (!createNamespaces || view.namespace !== undefined || isOfSystem(name, view.ownNamespace))
    return none('NamespaceMissing');
  const labels = { [keys.managedBy]: managedBy, [keys.link]: view.link.metadata.name };
  if (namespaces !== undefined && !view.matches(namespaces, { ...labels, [keys.namespaceName]: name }))
    return none('NamespaceMissing');
  if (view.made >= mostAutomatic) return none('TooMany');
  if (view.namespacesMade() >= mostNamespaces) return none('TooManyNamespaces');
  return {
    kind: 'namespace',
    namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
  };
}

/** Names come from another cluster, whose API server may send anything. */
function whyNone(
  { link, namespace, ownNamespace, own, rivals, made, matches }: AutomaticView,
  remote: { readonly namespace: string; readonly name: string; readonly mirror: string },
): Unmade | undefined {
  const isName = is(dnsLabel(''), remote.name) && is(dnsLabel(''), remote.namespace);
  if (!isName || !is(serviceName(''), remote.mirror)) return 'InvalidName';
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined)
    return 'NamespaceMissing';
  if (!mayHold(link, namespace, { matches, ownNamespace })) return 'NamespaceNotAllowed';
  if (rivals.length > 0) return 'NameConflict';
  return own === undefined && made >= mostAutomatic ? 'TooMany' : undefined;
}

/** Whether a Link has made that namespace; somebody may have relabelled it. */
export function isMadeBy({ metadata }: Readonly<Namespace>, link: string): boolean {
  return metadata.labels?.[keys.managedBy] === managedBy && metadata.labels[keys.link] === link;
}

/** Whether a text has that format. */
export function is({ pattern, maxLength }: Format, text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

/** Whether a Link lets a local namespace hold its mirrors; those of the system have to be chosen. */
export function mayHold(
  { spec }: Readonly<Link>,
  namespace: Readonly<Namespace> | undefined,
  { matches, ownNamespace }: { readonly matches: Matches; readonly ownNamespace: string },
): boolean {
  if (namespace === undefined) return false;
  const { name, labels = {} } = namespace.metadata;
  const selector = spec.imports?.namespaces;
  return selector === undefined ? !isOfSystem(name, ownNamespace) : matches(selector, labels);
}

/** As with `exports.all`, the namespaces of the system and our own have to be chosen. */
function isOfSystem(namespace: string, own: string): boolean {
  return namespace.startsWith('kube-') || namespace === own;
}
