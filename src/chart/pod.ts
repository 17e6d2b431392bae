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
