import type { k8s } from 'cdk8s-plus-28';
import { dirname, join } from 'node:path/posix';
import { haproxyFolder } from '../api/names.js';
import type { Install } from './install.js';
import { locked, memoryFolder, resources } from './pod.js';

/** What a gateway's pod has beside its agent. */
export interface Beside {
  /** Flags of the agent. */
  readonly args: readonly string[];
  readonly initContainers: readonly k8s.Container[];
  readonly volumes: readonly k8s.Volume[];
  readonly volumeMounts: readonly k8s.VolumeMount[];
}

const volume = 'haproxy';

/**
 * HAProxy in a container of its own. It is a sidecar (KEP-753), so that it is there before the agent and stays until the
 * agent has drained; and it finds a configuration when it starts: what it ran before, or at first one that does nothing.
 * Its master ends with a worker that dies unasked, so that the kubelet starts both anew; a probe could add nothing.
 */
export function besideAgent({ image, gateways: { haproxyImage } }: Install): Beside {
  const { path, config, master } = haproxyFolder;
  const volumeMounts = [{ name: volume, mountPath: dirname(path) }];
  const common = { imagePullPolicy: 'IfNotPresent', securityContext: locked, volumeMounts };
  const directory = ['--haproxy-directory', path];
  return {
    args: ['--implementation', 'haproxy', '--haproxy', 'beside', ...directory],
    initContainers: [
      {
        ...{ ...common, name: 'prepare', image, args: ['prepare', ...directory] },
        // asks for no more than what runs after it, but enough not to be the last on a busy node
        resources: resources('100m', '64Mi', '512Mi'),
      },
      {
        ...{ ...common, name: 'haproxy', image: haproxyImage, restartPolicy: 'Always' },
        // the same program and flags, whatever an image's own entry point adds
        command: [
          ...['haproxy', '-W', '-S', `${join(path, master)},level,admin,mode,600`],
          ...['-f', join(path, config)],
        ],
        resources: resources('100m', '64Mi', '1Gi'),
      },
    ],
    volumes: [memoryFolder(volume, '64Mi')],
    volumeMounts,
  };
}

/** A gateway that is its own agent has nothing beside it. */
export const alone: Beside = { args: [], initContainers: [], volumes: [], volumeMounts: [] };
