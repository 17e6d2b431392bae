import { secrets } from '../../src/api/resources.js';
import { createEgressAgent } from '../../src/gateway/agent/egress.js';
import { createIngressAgent } from '../../src/gateway/agent/ingress.js';
import type { IngressGateway, KeyPair } from '../../src/gateway/model.js';
import { decodeKeyPair } from '../../src/gateway/mtls/secret.js';
import { createResolver } from '../../src/gateway/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { createKube } from '../../src/runtime/kube.js';
import { parseRemote } from '../../src/runtime/kubeconfig.js';
import { silent } from '../../src/runtime/log.js';
import type { Implementation } from '../conformance/implementation.js';
import { cityOf, type City } from '../operator/city.js';
import { runInProcess } from '../operator/inprocess.js';
import { openSite, ownNamespace, type Site } from '../operator/site.js';
import type { MovableClock } from './clock.js';

/** A cluster: a control plane, and in this process its operator and one gateway of each role, with the manifests' rights. */
export interface Town {
  readonly site: Site;
  readonly own: City;
  /** Where both gateways listen, on loopback. */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts one; the operator lives by the clock that can be moved, the gateways by the real one. */
export async function openTown(
  name: string,
  options: { host: string; implementation: Implementation; clock: MovableClock },
): Promise<Town> {
  const { host, implementation, clock } = options;
  const site = await openSite(['manifests', 'manifests/peer-access']);
  const stopOperator = await runInProcess(await site.access('service-mirror-operator'), {
    ...{ clock, clusterName: name, egressAddresses: [host] },
  });
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
    ...{ site, host, own: cityOf(site.kube, ownNamespace) },
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
export async function leafOf({ site }: Town, name: string): Promise<KeyPair> {
  return decodeKeyPair((await site.kube.get(secrets, `${ownNamespace}/${name}`)).data)!;
}
