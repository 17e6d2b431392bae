import { k8s } from 'cdk8s-plus-28';

const quantity = (text: string) => k8s.Quantity.fromString(text);

/** What every container of ours does without: rights, and a file system to write to. */
export const locked: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Requests and a memory limit; without a CPU limit, which would only add latency. */
export function resources(cpu: string, memory: string, memoryLimit: string): k8s.ResourceRequirements {
  return {
    requests: { cpu: quantity(cpu), memory: quantity(memory) },
    limits: { memory: quantity(memoryLimit) },
  };
}

/** A folder for what must not reach a disk, keys among it; it counts as memory of the container that writes. */
export function memoryFolder(name: string, size: string): k8s.Volume {
  return { name, emptyDir: { medium: 'Memory', sizeLimit: quantity(size) } };
}

/** Where client libraries look for the account of a pod. */
const accountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * What a container needs to call the API server, as Kubernetes itself would mount it into all containers of a pod: here it
 * is for those alone that mount it.
 */
export const account: { readonly volume: k8s.Volume; readonly mount: k8s.VolumeMount } = {
  mount: { name: 'account', mountPath: accountPath, readOnly: true },
  volume: {
    name: 'account',
    projected: {
      sources: [
        // it is read anew long before that
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardApi: {
            // with the default spelled out: kubectl compares the list as a whole, and would patch it at each apply
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  },
};
