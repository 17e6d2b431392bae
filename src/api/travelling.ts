import { keys } from './names.js';

/** Keys with these prefixes have a meaning for this product, for Linkerd or for slices; they never travel. */
const ownPrefixes = [
  'mirror.linkerd.io/',
  // these lead Linkerd's proxies to any Service of any linked cluster
  'multicluster.linkerd.io/',
  'linkerd.io/',
  'endpointslice.kubernetes.io/',
];

/** Keys that would break a mirror through kube-proxy, the slice controllers or kubectl. They never travel. */
const ownKeys = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'service.kubernetes.io/service-proxy-name',
  'service.kubernetes.io/topology-aware-hints',
  'service.kubernetes.io/topology-mode',
  'endpoints.kubernetes.io/last-change-trigger-time',
  'endpoints.kubernetes.io/managed-by',
  keys.serviceName,
  keys.headless,
  keys.managedBy,
]);

/** Whether a label or an annotation of that key stays in its own cluster, whatever a Link says. */
export function neverTravels(key: string): boolean {
  return ownKeys.has(key) || ownPrefixes.some((prefix) => key.startsWith(prefix));
}
