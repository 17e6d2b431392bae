import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configMaps, namespaces, secrets } from '../../../src/api/resources.js';
import { encodeKeyPair, type KeyPair } from '../../../src/pki/keypair.js';
import { createKube, type KubeClient } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/local.js';
import { kubeconfigOf, serverIn } from '../../clusters/kubeconfig.js';
import { kubectlOf } from '../../clusters/kubectl.js';
import { startLight } from '../../clusters/light.js';

/** The namespace of all services and mirrors. */
export const namespace = 'shop';

const ownNamespace = 'service-mirror';

/** A control plane that a gateway of one role follows. */
export interface Plane {
  /** An administrator. */
  readonly kube: KubeClient;
  /** Path of an administrator's kubeconfig. */
  readonly admin: string;
  /** Path of the gateway's kubeconfig. */
  readonly kubeconfig: string;
  /** Writes a certificate of the gateway's. */
  writeLeaf(name: string, leaf: KeyPair): Promise<void>;
  /** Writes a ConfigMap, as an operator would have. */
  writeMap(name: string, data: Readonly<Record<string, string>>): Promise<void>;
}

/** Starts a control plane with the manifests, and a kubeconfig for a gateway. */
export async function openPlane(role: 'egress' | 'ingress'): Promise<Plane> {
  const server = await startLight();
  const kube = createKube(await loadLocal(server.kubeconfig), { fieldManager: 'bench' });
  const kubectl = await kubectlOf(server.kubeconfig);
  await kubectl('apply -f manifests');
  await kube.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const kubeconfig = join(tmpdir(), 'kubeconfig');
  const token = await kubectl(`create token service-mirror-${role} -n ${ownNamespace} --duration=24h`);
  const access = kubeconfigOf({
    ...{ name: 'london', ...(await serverIn(server.kubeconfig)), token: token.trim() },
  });
  await writeFile(kubeconfig, access, { mode: 0o600 });
  const metadata = (name: string) => ({ name, namespace: ownNamespace });
  return {
    ...{ kube, admin: server.kubeconfig, kubeconfig },
    async writeLeaf(name, leaf) {
      await kube.create(secrets, {
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: metadata(name) },
        ...{ type: 'kubernetes.io/tls', data: encodeKeyPair(leaf) },
      });
    },
    async writeMap(name, data) {
      await kube.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name), data });
    },
  };
}
