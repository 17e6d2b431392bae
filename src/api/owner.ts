import { keys } from './names.js';
import type { KubeObject, OwnerReference } from './objects.js';
import { links, serviceMirrors, type Resource } from './resources.js';

/**
 * The ServiceMirror that controls this object, if one does: then it is a mirror of ours. Labels prove nothing,
 * because anybody who may write an object may write its labels.
 */
export function controllingMirror(object: Pick<KubeObject, 'metadata'>): OwnerReference | undefined {
  return controllerOfKind(serviceMirrors, object);
}

/**
 * Whether a Service is a mirror, which is neither exported nor mirrored again. A mirror of ours is recognised by its
 * controller, because anybody who may label a Service could otherwise hide it with a label. Mirrors of Linkerd have no
 * owner, and are recognised by Linkerd's label.
 */
export function isMirror(service: Pick<KubeObject, 'metadata'>): boolean {
  return (
    service.metadata.labels?.[keys.mirroredService] === 'true' || controllingMirror(service) !== undefined
  );
}

/** The Link that controls this ServiceMirror, if one does: then it is an automatic mirror. */
export function controllingLink(object: Pick<KubeObject, 'metadata'>): OwnerReference | undefined {
  return controllerOfKind(links, object);
}

function controllerOfKind(
  resource: Resource,
  { metadata }: Pick<KubeObject, 'metadata'>,
): OwnerReference | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, kind, apiVersion }) =>
      controller === true && kind === resource.kind && apiVersion.startsWith(`${resource.group}/`),
  );
}
