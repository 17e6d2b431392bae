import { k8s } from 'cdk8s-plus-28';

const quantity = (text: string) => k8s.Quantity.fromString(text);

/** The restrictions of all our containers: no extra rights, and no writable file system. */
export const locked: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Requests and a memory limit. There is no CPU limit, which would only add latency. */
export function resources(cpu: string, memory: string, memoryLimit: string): k8s.ResourceRequirements {
  return {
    requests: { cpu: quantity(cpu), memory: quantity(memory) },
    limits: { memory: quantity(memoryLimit) },
  };
}

/**
 * A folder in memory for keys and other data that must not reach a disk; it counts as memory of the container that
 * writes.
 */
export function memoryFolder(name: string, size: string): k8s.Volume {
  return { name, emptyDir: { medium: 'Memory', sizeLimit: quantity(size) } };
}

/** The folder in which client libraries look for the account of a pod. */
const accountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The volume with which a container calls the API server, as Kubernetes itself would mount it into all containers of
 * a pod: here only some containers mount it.
 */
export const account: { readonly volume: k8s.Volume; readonly mount: k8s.VolumeMount } = {
  mount: { name: 'account', mountPath: accountPath, readOnly: true },
  volume: {
    name: 'account',
    projected: {
      sources: [
        // it is read again long before that
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardApi: {
            // the default is written out, because kubectl compares the list as a whole and would patch it at each
            // apply
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  },
};
