import { keys } from '../../api/names.js';
import type { KubeObject } from '../../api/objects.js';
import { shaped } from '../../api/shape.js';
import type { ServiceMirror, ServiceMirrorStatus } from '../../api/servicemirror.js';

/**
 * The fields of a mirror that an egress gateway needs, in a new object: it holds 10,000 mirrors, and their conditions
 * and `managedFields` would take several times as much memory. An object from an older, laxer CRD gets the shape of
 * its type, so that it cannot keep the routes of the others from being read.
 */
export function essenceOf(mirror: ServiceMirror): ServiceMirror {
  const { apiVersion, kind, metadata, spec, status } = shaped(mirror);
  const { cluster = '', service } = spec;
  return {
    apiVersion,
    kind,
    metadata: identityOf(metadata),
    spec: { cluster, service },
    ...(status !== undefined &&
      (status.ports ?? status.backends) !== undefined && { status: routed(status) }),
  };
}

/** The targets of the ports, and whether the operator accepts the mirror. */
function routed(status: ServiceMirrorStatus): ServiceMirrorStatus {
  const { source, ports, backends, conditions } = status;
  const accepted = conditions?.find(({ type }) => type === 'Accepted');
  return {
    ...(ports !== undefined && { ports }),
    ...(source !== undefined && { source }),
    ...(backends !== undefined && { backends }),
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
