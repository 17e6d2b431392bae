import { localCluster } from '../api/backends.js';
import { dnsLabel, serviceName } from '../api/formats.js';
import { importsOfSpec, type Link } from '../api/link.js';
import { joinName, keys, managedBy } from '../api/names.js';
import type { LabelSelector, Namespace, Service } from '../api/objects.js';
import { isMirror } from '../api/owner.js';
import { apiVersion, serviceMirrors } from '../api/resources.js';
import { maxClusters, type MirrorCluster, type ServiceMirror } from '../api/servicemirror.js';
import type { Matches } from './accept.js';
import { is, type Unmade } from './automatic.js';

/** The label by which a Service is a member, where a Link names no other; in this cluster it is always this one. */
export const memberLabel: LabelSelector = { matchLabels: { [keys.federated]: 'member' } };

/** One cluster has a part in so many federated mirrors at most, because it decides itself how many there are. */
export const mostFederated = 5_000;

/** The name of the federated mirror of all Services of that name, and of its own Service. */
export function federatedName(service: string): string {
  return joinName(service, 'federated');
}

/**
 * The name of the Services that a federated mirror of ours stands for; undefined: it is none. Several Links may be behind
 * it, and they come and go, so that none owns it: the operator knows it by its annotation and its name.
 */
export function federatedService({ metadata, spec }: Readonly<ServiceMirror>): string | undefined {
  const service = metadata.annotations?.[keys.federatedService];
  if (service === undefined || metadata.labels?.[keys.managedBy] !== managedBy) return undefined;
  const name = federatedName(service);
  return metadata.name === name && spec.name === name ? service : undefined;
}

/** Whether a Service is a member: one with a cluster IP that is no mirror itself. */
export function isMember(
  { metadata, spec }: Readonly<Service>,
  selector: LabelSelector,
  matches: Matches,
): boolean {
  if (isMirror({ metadata })) return false;
  if (spec.clusterIP === 'None' || spec.type === 'ExternalName') return false;
  return matches(selector, metadata.labels ?? {});
}

/** Whether a Service of a Link's cluster is a member, by what that Link says. */
export function isMemberOf(service: Readonly<Service>, link: Readonly<Link>, matches: Matches): boolean {
  const { federated, remoteNamespaces = [] } = importsOfSpec(link) ?? {};
  if (federated === undefined) return false;
  const { namespace = '' } = service.metadata;
  if (remoteNamespaces.length > 0 && !remoteNamespaces.includes(namespace)) return false;
  return isMember(service, federated.selector ?? memberLabel, matches);
}

/** Whether a federated mirror names the cluster of that Link for the sake of its member. */
export function hasPlace({ spec }: Readonly<ServiceMirror>, link: string): boolean {
  return spec.clusters?.some(({ name, weight }) => name === link && weight !== 0) === true;
}

/** A cluster that may have a member. `unknown`: it cannot be seen now. */
export interface Candidate {
  /** Name of a Link, or `local`. */
  readonly cluster: string;
  readonly is: 'member' | 'none' | 'unknown';
  /** Whether its Link lets the namespace hold its mirrors; always so of `local`. */
  readonly mayBeHere: boolean;
  /** It has a part in as many federated mirrors as it may, and gets none in more. */
  readonly isFull?: boolean;
}

/** What there is of one name in one namespace. */
export interface FederatedView {
  readonly namespaceName: string;
  /** Absent: there is no such namespace here. */
  readonly namespace?: Readonly<Namespace>;
  /** Name of the Services. */
  readonly service: string;
  readonly candidates: readonly Candidate[];
  /** The federated mirror that there is; absent: none. */
  readonly own?: Readonly<ServiceMirror>;
  /** Whether somebody else's ServiceMirror has the name, or wants it for its Service. */
  readonly isTaken: boolean;
}

/** A member of another cluster that the mirror does not name. */
export interface LeftOut {
  readonly cluster: string;
  readonly why: Extract<Unmade, 'NamespaceNotAllowed' | 'TooMany'>;
}

/** The decision about one name. */
export type FederatedDecision =
  | { readonly kind: 'mirror'; readonly mirror: ServiceMirror; readonly without: readonly LeftOut[] }
  /** `why`: there are members all the same. */
  | { readonly kind: 'none'; readonly why?: Unmade };

/**
 * The federated mirror of a name: an ordinary ServiceMirror of several clusters. A cluster that cannot be seen keeps the
 * place that it has, and gets none. If only this cluster's own Service is left, the mirror stays for those who call it,
 * and one of the clusters that it named stands there without weight: a mirror needs one.
 */
export function decideFederated(view: FederatedView): FederatedDecision {
  const { own, candidates, service, namespaceName } = view;
  const present = own?.spec.clusters?.map(({ name }) => name) ?? [];
  const members = candidates
    .filter(({ cluster, is, mayBeHere, isFull }) =>
      present.includes(cluster)
        ? is === 'unknown' || (is === 'member' && mayBeHere)
        : is === 'member' && mayBeHere && isFull !== true,
    )
    .map(({ cluster }) => cluster);
  const remotes = members.filter((cluster) => cluster !== localCluster);
  const isLocalAlone = remotes.length === 0 && members.length > 0;
  const [placeholder] = present.filter((cluster) => cluster !== localCluster);
  if (members.length === 0 || (isLocalAlone && placeholder === undefined)) {
    const shut = candidates.find(({ is, mayBeHere, isFull }) => is === 'member' && (!mayBeHere || isFull));
    if (shut === undefined) return { kind: 'none' };
    if (shut.mayBeHere) return { kind: 'none', why: 'TooMany' };
    return { kind: 'none', why: view.namespace === undefined ? 'NamespaceMissing' : 'NamespaceNotAllowed' };
  }
  const name = federatedName(service);
  const why = whyNone(view, name);
  if (why !== undefined) return { kind: 'none', why };
  const clusters: MirrorCluster[] = isLocalAlone
    ? [{ name: placeholder!, weight: 0 }, { name: localCluster }]
    : inOrder(members, present).map((cluster) => ({ name: cluster }));
  return {
    kind: 'mirror',
    without: leftOut(candidates, clusters),
    mirror: {
      ...{ apiVersion, kind: serviceMirrors.kind },
      metadata: {
        ...{ name, namespace: namespaceName },
        labels: { [keys.managedBy]: managedBy },
        annotations: { [keys.federatedService]: service },
      },
      spec: { clusters, service: { name: service, namespace: namespaceName }, name },
    },
  };
}

/** The members that are not among the clusters of the mirror. */
function leftOut(candidates: readonly Candidate[], clusters: readonly MirrorCluster[]): LeftOut[] {
  const named = new Set(clusters.map(({ name }) => name));
  return candidates
    .filter(({ cluster, is: as }) => as === 'member' && !named.has(cluster))
    .map(({ cluster, mayBeHere }) => ({ cluster, why: mayBeHere ? 'TooMany' : 'NamespaceNotAllowed' }));
}

/** Those that are there keep their places; new ones follow, by name. */
function inOrder(members: readonly string[], present: readonly string[]): string[] {
  const kept = present.filter((cluster) => members.includes(cluster));
  const fresh = members.filter((cluster) => !present.includes(cluster)).toSorted();
  return [...kept, ...fresh].slice(0, maxClusters);
}

/** Names come from other clusters, whose API servers may send anything. */
function whyNone(
  { namespace, service, namespaceName, isTaken }: FederatedView,
  mirror: string,
): Unmade | undefined {
  const isName = is(dnsLabel(''), service) && is(dnsLabel(''), namespaceName);
  if (!isName || !is(serviceName(''), mirror)) return 'InvalidName';
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined)
    return 'NamespaceMissing';
  return isTaken ? 'NameConflict' : undefined;
}
