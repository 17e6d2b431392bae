import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/** One rule of a role: verbs on resources of a group (`''` is the core group), or only on objects of those names. */
export interface Grant {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly names?: readonly string[];
}

/** The account that gets a role, and the name of the role and its binding. */
export interface Grantee {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
}

/** Grants in all namespaces, to the ServiceAccount of that name. */
export function grantEverywhere(
  scope: Construct,
  { name, namespace, labels }: Grantee,
  grants: readonly Grant[],
): void {
  const metadata = { name, labels };
  new k8s.KubeClusterRole(scope, `${name}-cluster-role`, { metadata, rules: grants.map(ruleOf) });
  new k8s.KubeClusterRoleBinding(scope, `${name}-cluster-role-binding`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

/** Grants in the grantee's own namespace, to the ServiceAccount of that name. */
export function grantAtHome(
  scope: Construct,
  { name, namespace, labels }: Grantee,
  grants: readonly Grant[],
): void {
  const metadata = { name, namespace, labels };
  new k8s.KubeRole(scope, `${name}-role`, { metadata, rules: grants.map(ruleOf) });
  new k8s.KubeRoleBinding(scope, `${name}-role-binding`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

/** A rule of a role in the form of the API. */
export function ruleOf({ group, resources, verbs, names }: Grant): k8s.PolicyRule {
  return {
    apiGroups: [group],
    resources: [...resources],
    verbs: [...verbs],
    ...(names && { resourceNames: [...names] }),
  };
}
