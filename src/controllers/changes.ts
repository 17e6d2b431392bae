import { isDeepStrictEqual } from 'node:util';
import { backendsOfStatus } from '../api/backends.js';
import { conditionOf } from '../api/conditions.js';
import { importsOfSpec, type Link } from '../api/link.js';
import { keys } from '../api/names.js';
import type { Namespace } from '../api/objects.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { federatedService } from '../mirror/federated.js';
import type { Change } from '../runtime/cache.js';
import { isApplied } from '../runtime/managed.js';

/** Whether nothing depends on a mirror yet; one that is gone is not new. */
export function isNew(mirror: Readonly<ServiceMirror> | undefined): boolean {
  return mirror !== undefined && mirror.status?.conditions === undefined;
}

/** Whether the change is the answer to a write of ours. */
export function isOwn(change: { readonly type: string; readonly own?: true }): boolean {
  return change.own === true;
}

/** Whether it is a status that we wrote, and not an automatic mirror. */
export function isOwnStatus(change: Change<ServiceMirror>): boolean {
  return isOwn(change) && change.type === 'updated' && sameSpec(change.previous, change.object);
}

/** Whether the specs are the same. Generations do not tell: they count anew after a restored backup. */
export function sameSpec(a: { spec: unknown } | undefined, b: { spec: unknown }): boolean {
  return a !== undefined && isDeepStrictEqual(a.spec, b.spec);
}

/** Which egress ports a status gives, and to which service each leads. */
export function egressPorts(mirror: Readonly<ServiceMirror> | undefined): readonly object[] {
  if (mirror === undefined) return [];
  return backendsOfStatus(mirror).flatMap(({ ports, cluster, namespace, name }) =>
    ports.flatMap(({ port, gatewayPort }) =>
      gatewayPort === undefined ? [] : [{ cluster, namespace, name, port, gatewayPort }],
    ),
  );
}

/** Whether both have the same conditions. */
export function sameConditions(a: Readonly<Link>, b: Readonly<Link> | undefined): boolean {
  return JSON.stringify(a.status?.conditions) === JSON.stringify(b?.status?.conditions);
}

/** Whether both select the same Services for automatic and federated mirrors. */
export function sameSelection(a: Readonly<Link> | undefined, b: Readonly<Link>): boolean {
  const selection = (link: Readonly<Link> | undefined) => {
    const { automatic = false, federated, selector, remoteNamespaces } = importsOfSpec(link) ?? {};
    return [automatic, federated?.selector, federated !== undefined, selector, remoteNamespaces];
  };
  return isDeepStrictEqual(selection(a), selection(b));
}

/** Whether an automatic or federated mirror is the same in what makes it one, and in its spec. */
export function sameMirror(a: Readonly<ServiceMirror> | undefined, b: Readonly<ServiceMirror>): boolean {
  if (a === undefined || !sameSpec(a, b)) return false;
  const marks = (mirror: Readonly<ServiceMirror>) => [
    mirror.metadata.ownerReferences,
    mirror.metadata.annotations?.[keys.remoteService],
    federatedService(mirror),
    isApplied(mirror),
  ];
  return isDeepStrictEqual(marks(a), marks(b));
}

/** Whether a headless mirror shows the same of both, the mirror of one of its pods. */
export function samePod(a: Readonly<ServiceMirror> | undefined, b: Readonly<ServiceMirror>): boolean {
  const shown = (mirror: Readonly<ServiceMirror> | undefined) => {
    const { status, reason, message } = conditionOf(mirror, 'Ready') ?? {};
    return [status, reason, message, mirror?.status?.service];
  };
  return isDeepStrictEqual(shown(a), shown(b));
}

/** Whether both permit deletions until the same time. */
export function samePermit(a: Readonly<Link> | undefined, b: Readonly<Link>): boolean {
  const permit = (link: Readonly<Link> | undefined) => link?.metadata.annotations?.[keys.allowDeletionsUntil];
  return permit(a) === permit(b);
}

/** Whether both have the same labels. */
export function sameLabels(a: Readonly<Namespace>, b: Readonly<Namespace> | undefined): boolean {
  return JSON.stringify(a.metadata.labels) === JSON.stringify(b?.metadata.labels);
}
