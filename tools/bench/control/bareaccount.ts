import type { KubeObject } from '../../../src/api/objects.js';
import { ownNamespace } from './objects.js';

/** ServiceAccount of the bare client in London, in the operator's namespace. */
export const bareAccount = 'bare-client';

const read = ['list', 'watch'];

/** What it may do; nothing that it does depends on the rights of the operator, which may change. */
const rules = [
  { apiGroups: ['linkerd.io'], resources: ['servicemirrors', 'links'], verbs: read },
  { apiGroups: ['linkerd.io'], resources: ['servicemirrors'], verbs: ['create'] },
  { apiGroups: ['linkerd.io'], resources: ['servicemirrors/status'], verbs: ['update'] },
  { apiGroups: [''], resources: ['services'], verbs: [...read, 'create', 'patch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: [...read, 'create', 'patch'] },
  { apiGroups: [''], resources: ['namespaces', 'secrets', 'configmaps', 'pods'], verbs: read },
];

/** The account and its rights, as `kubectl apply` takes them. */
export function bareAccountObjects(): string {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: bareAccount } };
  const subject = { kind: 'ServiceAccount', name: bareAccount, namespace: ownNamespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: bareAccount };
  const items: KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: bareAccount, namespace: ownNamespace } },
    { ...rbac, kind: 'ClusterRole', rules } as KubeObject,
    { ...rbac, kind: 'ClusterRoleBinding', roleRef, subjects: [subject] } as KubeObject,
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
