import type { KubeObject } from '../../../src/api/objects.js';
import type { Resource } from '../../../src/api/resources.js';
import type { NamespaceDriver } from '../../driver/namespace.js';

const admission = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };
const policies: Resource = {
  ...{ ...admission, plural: 'validatingadmissionpolicies', kind: 'ValidatingAdmissionPolicy' },
};
const bindings: Resource = {
  ...{ ...admission, plural: 'validatingadmissionpolicybindings', kind: 'ValidatingAdmissionPolicyBinding' },
};
const webhooks: Resource = {
  ...{ ...admission, plural: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration' },
};
const quotas: Resource = {
  ...{ group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true },
};

/** What is refused in a namespace. */
export interface Forbidden {
  readonly resource: 'services' | 'endpointslices' | 'servicemirrors';
  /** CEL that holds for what may be written. */
  readonly unless: string;
}

const groups = { services: '', endpointslices: 'discovery.k8s.io', servicemirrors: 'linkerd.io' } as const;
const selected = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });
const rulesFor = (resource: Forbidden['resource']) => [
  {
    ...{ apiGroups: [groups[resource]], apiVersions: ['*'], resources: [resource] },
    operations: ['CREATE', 'UPDATE'],
  },
];

/** Forbids that, with the words "not in this house", from a moment later on; the returned function allows it again. */
export async function forbid(
  { kube, namespace }: NamespaceDriver,
  { resource, unless }: Forbidden,
): Promise<() => Promise<void>> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: `${namespace}-${resource}` };
  await kube.create(policies, {
    ...{ apiVersion, kind: policies.kind, metadata },
    spec: {
      matchConstraints: { resourceRules: rulesFor(resource), namespaceSelector: selected(namespace) },
      validations: [{ expression: unless, message: 'not in this house' }],
    },
  } as KubeObject);
  await kube.create(bindings, {
    ...{ apiVersion, kind: bindings.kind, metadata },
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  } as KubeObject);
  return () => kube.remove(bindings, metadata.name);
}

/** Has a webhook asked before each write of that kind, from a moment later on; the returned function ends that. */
export async function askWebhook(
  { kube, namespace }: NamespaceDriver,
  resource: Forbidden['resource'],
  clientConfig: { readonly url: string; readonly caBundle?: string },
): Promise<() => Promise<void>> {
  const name = `${namespace}-${resource}`;
  await kube.create(webhooks, {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: webhooks.kind, metadata: { name } },
    webhooks: [
      {
        ...{ name: 'house.example.com', clientConfig, rules: rulesFor(resource) },
        ...{ namespaceSelector: selected(namespace), admissionReviewVersions: ['v1'] },
        ...{ sideEffects: 'None', failurePolicy: 'Fail', timeoutSeconds: 1 },
      },
    ],
  } as KubeObject);
  return () => kube.remove(webhooks, name);
}

/** Allows no object of that kind more than there are; the returned function lifts it. */
export async function exhaust(
  { kube, namespace }: NamespaceDriver,
  what: string,
): Promise<() => Promise<void>> {
  const hard = { [`count/${what}`]: '0' };
  const metadata = { name: 'none-left', namespace };
  await kube.create(quotas, { apiVersion: 'v1', kind: quotas.kind, metadata, spec: { hard } } as KubeObject);
  // what the quota controller says, which does not run here
  const status = { hard, used: { [`count/${what}`]: '0' } };
  await kube.mergePatch(quotas, `${namespace}/none-left`, { status }, { subresource: 'status' });
  return () => kube.remove(quotas, `${namespace}/none-left`);
}
