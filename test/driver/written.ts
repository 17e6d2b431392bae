import type { KubeObject } from '../../src/api/objects.js';
import * as known from '../../src/api/resources.js';
import type { Resource } from '../../src/api/resources.js';

/** Where the builders put what has a namespace; here it stands for the namespace of the test. */
const placeholder = 'default';

/** What the product does not know, and stories need. */
const deployments: Resource = {
  ...{ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
};

const resources = [
  deployments,
  ...Object.values(known).filter(
    (value): value is Resource => typeof value === 'object' && 'plural' in value,
  ),
];

/** Where objects of that kind live. */
export function resourceOf({ kind, apiVersion }: Pick<KubeObject, 'kind' | 'apiVersion'>): Resource {
  const found = resources.find(
    ({ kind: its, group, version }) =>
      its === kind && apiVersion === (group === '' ? version : `${group}/${version}`),
  );
  if (found === undefined) throw new Error(`nobody here knows ${apiVersion} ${kind}`);
  return found;
}

/** An object of a builder as a user would write it, in that namespace: without what an API server fills in. */
export function asWritten(object: Readonly<KubeObject>, namespace: string): KubeObject {
  const copy = structuredClone(object) as KubeObject & { spec?: { clusterIP?: string } };
  const { uid, resourceVersion, generation, creationTimestamp, ...metadata } = copy.metadata;
  void [uid, resourceVersion, generation, creationTimestamp];
  if (copy.kind === 'Service' && copy.spec?.clusterIP !== 'None') delete copy.spec?.clusterIP;
  const here = metadata.namespace === placeholder ? { namespace } : {};
  return { ...copy, metadata: { ...metadata, ...here } };
}
