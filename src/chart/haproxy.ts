import type { k8s } from 'cdk8s-plus-28';
import { dirname, join } from 'node:path/posix';
import { haproxyFolder } from '../api/names.js';
import type { Install } from './install.js';
import { locked, memoryFolder, resources } from './pod.js';

/** The parts of a gateway's pod in addition to its agent. */
export interface Beside {
  /** What the agent itself asks for. */
  readonly agent: k8s.ResourceRequirements;
  /** Flags of the agent. */
  readonly args: readonly string[];
  readonly initContainers: readonly k8s.Container[];
  readonly volumes: readonly k8s.Volume[];
  readonly volumeMounts: readonly k8s.VolumeMount[];
}

const volume = 'haproxy';

/**
 * HAProxy in a container of its own. It is a sidecar (KEP-753), so that it starts before the agent and stays until
 * the agent has drained. When it starts it finds a configuration: the one that it ran last, or at first one that does
 * nothing. Its master ends when a worker dies, so that the kubelet starts both again; a probe could add nothing.
 */
export function besideAgent({ image, gateways: { haproxyImage } }: Install): Beside {
  const { path, config, master, openssl } = haproxyFolder;
  const volumeMounts = [{ name: volume, mountPath: dirname(path) }];
  const common = { imagePullPolicy: 'IfNotPresent', securityContext: locked, volumeMounts };
  const directory = ['--haproxy-directory', path];
  return {
    agent: resources('50m', '128Mi', '512Mi'),
    args: ['--haproxy', 'beside', ...directory],
    initContainers: [
      {
        ...{ ...common, name: 'prepare', image, args: ['prepare', ...directory] },
        // it requests no more than the containers that run after it, but enough not to be served last on a busy node
        resources: resources('100m', '64Mi', '512Mi'),
      },
      {
        ...{ ...common, name: 'haproxy', image: haproxyImage, restartPolicy: 'Always' },
        // the same program and flags, whatever the entry point of an image adds
        command: [
          ...['haproxy', '-W', '-S', `${join(path, master)},level,admin,mode,600`],
          ...['-f', join(path, config)],
        ],
        env: [{ name: 'OPENSSL_CONF', value: join(path, openssl) }],
        resources: resources('100m', '64Mi', '1Gi'),
      },
    ],
    volumes: [memoryFolder(volume, '64Mi')],
    volumeMounts,
  };
}

/** Nothing, for a gateway that is its own agent. */
export const alone: Beside = {
  agent: resources('100m', '128Mi', '512Mi'),
  ...{ args: [], initContainers: [], volumes: [], volumeMounts: [] },
};
