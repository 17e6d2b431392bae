import type { KubeObject, OwnerReference } from './objects.js';
import { serviceMirrors } from './resources.js';

/**
 * The ServiceMirror that controls this object, if one does: then it is a mirror of ours. Labels prove nothing,
 * because anybody who may write an object may write its labels.
 */
export function controllingMirror({ metadata }: Pick<KubeObject, 'metadata'>): OwnerReference | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, kind, apiVersion }) =>
      controller === true &&
      kind === serviceMirrors.kind &&
      apiVersion.startsWith(`${serviceMirrors.group}/`),
  );
}
