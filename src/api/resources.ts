import { keys } from './names.js';
import type {
  ConfigMap,
  EndpointSlice,
  KubeObject,
  Lease,
  Namespace,
  Node,
  Pod,
  Secret,
  Service,
  ServiceCaller,
} from './objects.js';
import type { Invitation } from './invitation.js';
import type { Link } from './link.js';
import type { ServiceMirror } from './servicemirror.js';

/** The place of a kind in the API; `T` is the object's shape. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Only carries the type; never set. */
  readonly shape?: T;
}

function resource<T extends KubeObject>(
  path: string,
  kind: string,
  scope: 'namespaced' | 'cluster',
): Resource<T> {
  const [plural = '', version = '', group = ''] = path.split('/').reverse();
  return { group, version, plural, kind, namespaced: scope === 'namespaced' };
}

/** Group and version of our own kinds. */
export const apiVersion = 'linkerd.io/v1alpha1';

export const serviceMirrors = resource<ServiceMirror>(
  'linkerd.io/v1alpha1/servicemirrors',
  'ServiceMirror',
  'namespaced',
);
export const links = resource<Link>('linkerd.io/v1alpha1/links', 'Link', 'cluster');
export const invitations = resource<Invitation>('linkerd.io/v1alpha1/invitations', 'Invitation', 'cluster');
export const services = resource<Service>('v1/services', 'Service', 'namespaced');
export const endpointSlices = resource<EndpointSlice>(
  'discovery.k8s.io/v1/endpointslices',
  'EndpointSlice',
  'namespaced',
);
/** Read only where Linkerd has left some: the slices say what serves. */
export const endpoints = resource('v1/endpoints', 'Endpoints', 'namespaced');
export const namespaces = resource<Namespace>('v1/namespaces', 'Namespace', 'cluster');
export const nodes = resource<Node>('v1/nodes', 'Node', 'cluster');
export const pods = resource<Pod>('v1/pods', 'Pod', 'namespaced');
export const secrets = resource<Secret>('v1/secrets', 'Secret', 'namespaced');
export const configMaps = resource<ConfigMap>('v1/configmaps', 'ConfigMap', 'namespaced');
export const serviceAccounts = resource('v1/serviceaccounts', 'ServiceAccount', 'namespaced');
export const leases = resource<Lease>('coordination.k8s.io/v1/leases', 'Lease', 'namespaced');

export const validatingWebhooks = resource<ServiceCaller>(
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
  'cluster',
);
export const mutatingWebhooks = resource<ServiceCaller>(
  'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
  'cluster',
);
export const apiServices = resource<ServiceCaller>(
  'apiregistration.k8s.io/v1/apiservices',
  'APIService',
  'cluster',
);

/** Key of an object in caches and queues: `namespace/name`, or `name` for an object without namespace. */
export function keyOf(object: { metadata: { namespace?: string; name: string } }): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Key of the Service to which a slice belongs. */
export function serviceOfSlice({ metadata }: Readonly<Pick<EndpointSlice, 'metadata'>>): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.[keys.serviceName] ?? ''}`;
}

/** The parts of a key made by {@link keyOf}; an object without namespace has no `namespace`. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
