import { secrets } from '../../src/api/resources.js';
import { createEgressAgent } from '../../src/gateway/agent/egress.js';
import { createIngressAgent } from '../../src/gateway/agent/ingress.js';
import type { IngressGateway } from '../../src/gateway/model.js';
import { decodeKeyPair, type KeyPair } from '../../src/pki/keypair.js';
import { createResolver } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { createKube } from '../../src/runtime/kube.js';
import { parseRemote } from '../../src/runtime/kubeconfig.js';
import { silent } from '../../src/runtime/log.js';
import type { Implementation } from '../conformance/implementation.js';
import { clusterClientOf, type ClusterClient } from './namespace.js';
import { openSite, ownNamespace, type ControlCluster } from './light.js';

/** A cluster: a control plane, its operator, and in this process one gateway of each role, with the manifests' rights. */
export interface RotationCluster {
  readonly site: ControlCluster;
  readonly own: ClusterClient;
  /** Where both gateways listen, on loopback. */
  readonly host: string;
  close(): Promise<void>;
}

/** How a town is made. */
export interface ClusterOptions {
  readonly host: string;
  readonly implementation: Implementation;
  /** Starts the operator with a kubeconfig (its text), and gives back what stops it. */
  readonly startOperator: (kubeconfig: string) => Promise<() => Promise<void>>;
}

/** Starts one, whose gateways live by the real clock. */
export async function openRotationCluster(
  name: string,
  { host, implementation, startOperator }: ClusterOptions,
): Promise<RotationCluster> {
  const site = await openSite(['manifests', 'manifests/peer-access']);
  const stopOperator = await startOperator(await site.access('service-mirror-operator'));
  const stop = new AbortController();
  const common = async (account: string) => ({
    ...{ namespace: ownNamespace, clock: systemClock, log: silent, leaveMs: 0, drainMs: 0 },
    kube: createKube(parseRemote(await site.access(account)), { fieldManager: 'service-mirror' }),
  });
  const [below, above] = [await common('service-mirror-egress'), await common('service-mirror-ingress')];
  const egress = createEgressAgent({
    ...{ ...below, resolver: createResolver({ clock: systemClock }), lingerMs: 0, settleMs: 0 },
    applied: { address: host, port: 4192 },
    gateway: () => implementation.egress({ host }),
  });
  const ingress = createIngressAgent({
    ...{ ...above, instance: `${name}-ingress` },
    gateway: (peerReport) => onLoopback(implementation.ingress({ host, port: 4143, peerReport })),
  });
  const running = [egress.run(stop.signal), ingress.run(stop.signal)];
  return {
    ...{ site, host, own: clusterClientOf(site.kube, ownNamespace) },
    async close() {
      stop.abort();
      await Promise.all(running);
      await stopOperator();
      await Promise.all([below.kube.close(), above.kube.close()]);
      await site.close();
    },
  };
}

/** A light control plane has no network for ClusterIPs: what is exported listens on loopback, at the same port. */
function onLoopback(gateway: IngressGateway): IngressGateway {
  return {
    ...gateway,
    apply: (state) =>
      gateway.apply({
        ...state,
        exports: state.exports.map((one) => ({ ...one, target: { ...one.target, host: '127.0.0.1' } })),
      }),
  };
}

/** The certificate that a Secret of the operator's namespace holds. */
export async function leafOf({ site }: RotationCluster, name: string): Promise<KeyPair> {
  return decodeKeyPair((await site.kube.get(secrets, `${ownNamespace}/${name}`)).data)!;
}
