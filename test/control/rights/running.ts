import type { EndpointSlice, Pod } from '../../../src/api/objects.js';
import { pods } from '../../../src/api/resources.js';
import { aNamedPod, aPodSlice, type PodAt } from '../../gen/pods.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import { asWritten } from '../../driver/written.js';
import { servicePort } from './story.js';

/** Runs a pod of Service `db`, as far as the API server knows; returns it with its UID. */
export async function runs({ kube, namespace }: NamespaceDriver, one: PodAt): Promise<PodAt> {
  const pod = asWritten(aNamedPod('db', one), namespace) as Pod;
  const container = {
    ...{ name: 'db', image: 'none' },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const more: object = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    terminationGracePeriodSeconds: 0,
    containers: [container],
  };
  const { metadata } = await kube.create(pods, { ...pod, spec: { ...pod.spec, ...more } });
  const key = `${namespace}/${metadata.name}`;
  await kube.mergePatch(pods, key, { status: pod.status }, { subresource: 'status' });
  return [one[0], one[1], metadata.uid ?? ''];
}

/** Writes the slice of Service `db`, as Kubernetes' controller does. */
export async function lists(paris: NamespaceDriver, ...all: readonly PodAt[]): Promise<void> {
  const slice = aPodSlice('db', all);
  const endpoints = slice.endpoints?.map(({ targetRef, ...rest }) => {
    const { kind = '', name = '', uid = '' } = targetRef ?? {};
    return { ...rest, targetRef: { kind, name, uid, namespace: paris.namespace } };
  });
  const written: EndpointSlice = {
    ...slice,
    ports: [{ name: 'db', port: servicePort, protocol: 'TCP' }],
    ...(endpoints && { endpoints }),
  };
  await paris.applies(written);
}
