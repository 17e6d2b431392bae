import { keys } from '../../api/names.js';
import type { KubeObject } from '../../api/objects.js';
import { shaped } from '../../api/shape.js';
import type { ServiceMirror, ServiceMirrorStatus } from '../../api/servicemirror.js';

/**
 * What an egress gateway reads of a mirror, in a new object: it holds 10,000 of them, and their conditions and
 * `managedFields` alone would be several times as much. An object of an older, laxer CRD gets the shape of its type:
 * one of them must not keep the routes of all others from being read.
 */
export function essenceOf(mirror: ServiceMirror): ServiceMirror {
  const { apiVersion, kind, metadata, spec, status } = shaped(mirror);
  const { cluster, service } = spec;
  return {
    apiVersion,
    kind,
    metadata: identityOf(metadata),
    spec: { cluster, service },
    ...(status?.ports !== undefined && { status: routed(status) }),
  };
}

/** Where the ports lead, and whether the operator accepts that. */
function routed(status: ServiceMirrorStatus): ServiceMirrorStatus {
  const { source, ports, conditions } = status;
  const accepted = conditions?.find(({ type }) => type === 'Accepted');
  return {
    ...(ports !== undefined && { ports }),
    ...(source !== undefined && { source }),
    ...(accepted !== undefined && { conditions: [{ ...accepted, message: '' }] }),
  };
}

function identityOf({ annotations, ...metadata }: KubeObject['metadata']): KubeObject['metadata'] {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const pooled = annotations?.[keys.pooledPorts];
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(pooled !== undefined && { annotations: { [keys.pooledPorts]: pooled } }),
  };
}
