import { serviceName } from '../api/formats.js';
import type { Link } from '../api/link.js';
import { nameFrom } from '../api/nametemplate.js';
import { keys, managedBy } from '../api/names.js';
import type { Namespace, Service } from '../api/objects.js';
import { controllingLink, controllingMirror } from '../api/owner.js';
import { apiVersion, serviceMirrors } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { Matches } from './accept.js';

/** Why a selected remote Service has no automatic mirror. */
export type Unmade =
  /** Its namespace does not exist here, or is being deleted. */
  | 'NamespaceMissing'
  /** `imports.namespaces` does not select it. */
  | 'NamespaceNotAllowed'
  /** A ServiceMirror of somebody else has the name, or wants it for its Service. */
  | 'NameConflict'
  /** `imports.nameTemplate` gives a name that no Service may have. */
  | 'InvalidName';

/** One remote Service that a Link imports automatically, and what stands here in its way. */
export interface AutomaticView {
  readonly link: Readonly<Link>;
  /** The remote Service. */
  readonly service: Readonly<Service>;
  /** The local namespace of the same name; absent: there is none. */
  readonly namespace?: Readonly<Namespace>;
  /** ServiceMirrors of that namespace that have the name, or want it for their Service. */
  readonly rivals: readonly Readonly<ServiceMirror>[];
  readonly matches: Matches;
}

/** The decision about one remote Service. */
export type AutomaticDecision =
  | { readonly kind: 'mirror'; readonly mirror: ServiceMirror }
  /** No mirror; without `why`, none is wanted. */
  | { readonly kind: 'none'; readonly why?: Unmade };

/** The namespace and the name of the mirror that a remote Service gets. */
export function automaticName(link: Readonly<Link>, service: { namespace: string; name: string }): string {
  const template = link.spec.imports?.nameTemplate ?? defaultTemplate;
  return nameFrom(template, {
    service: service.name,
    namespace: service.namespace,
    cluster: link.metadata.name,
  });
}

/** What `imports.nameTemplate` is when it is left out. */
export const defaultTemplate = '{service}-{cluster}';

/**
 * The mirror that a selected remote Service gets: an ordinary ServiceMirror, owned by the Link, in the local namespace
 * of the same name. A mirror that somebody wrote comes first, also when it is younger.
 */
export function decideAutomatic(view: AutomaticView): AutomaticDecision {
  const { link, service, namespace, rivals, matches } = view;
  if (isMirror(service)) return { kind: 'none' };
  const remote = { namespace: service.metadata.namespace ?? '', name: service.metadata.name };
  const name = automaticName(link, remote);
  const none = (why: Unmade) => ({ kind: 'none', why }) as const;
  if (!serviceName('').pattern.test(name)) return none('InvalidName');
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined)
    return none('NamespaceMissing');
  const selector = link.spec.imports?.namespaces;
  if (selector !== undefined && !matches(selector, namespace.metadata.labels ?? {}))
    return none('NamespaceNotAllowed');
  if (rivals.some((rival) => controllingLink(rival)?.uid !== link.metadata.uid)) return none('NameConflict');
  const labels = { [keys.managedBy]: managedBy, [keys.link]: link.metadata.name };
  return {
    kind: 'mirror',
    mirror: {
      ...{ apiVersion, kind: serviceMirrors.kind },
      metadata: { name, namespace: remote.namespace, labels },
      spec: { cluster: link.metadata.name, service: remote, name },
    },
  };
}

/** Two clusters that import each other's mirrors would make mirrors without end. */
function isMirror(service: Readonly<Service>): boolean {
  return (
    controllingMirror(service) !== undefined || service.metadata.labels?.[keys.mirroredService] === 'true'
  );
}
