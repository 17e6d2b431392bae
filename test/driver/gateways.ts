import assert from 'node:assert/strict';
import { serviceMirrors } from '../../src/api/resources.js';
import { createEgressAgent } from '../../src/gateway/agent/egress.js';
import { createIngressAgent } from '../../src/gateway/agent/ingress.js';
import { exportsById } from '../../src/gateway/exports.js';
import type { Implementation, IngressGateway } from '../../src/gateway/model.js';
import { createResolver } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { createKube } from '../../src/runtime/kube.js';
import { parseRemote } from '../../src/runtime/remotekubeconfig.js';
import { silent } from '../../src/runtime/log.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  endpoint,
  exportOnly,
  of,
  port,
  spec,
} from '../gen/gen.js';
import { ownNamespace, type ClusterDriver } from './cluster.js';
import { eventually } from './eventually.js';
import { startLightCluster, type LightDriver } from './light.js';

/** A cluster with its operator, and with one gateway of each role in this process. */
export interface ServingDriver extends LightDriver {
  /** Where both gateways listen. */
  readonly host: string;
}

/** How such a cluster is made. */
export interface ServingOptions {
  readonly host: string;
  readonly implementation: Implementation;
  /** Starts its operator, and gives back what stops it. */
  readonly startOperator: (cluster: LightDriver) => Promise<() => Promise<void>>;
}

/** Starts one, whose gateways live by the real clock, under the rights that the manifests give them. */
export async function startServing(
  name: string,
  { host, implementation, startOperator }: ServingOptions,
): Promise<ServingDriver> {
  const cluster = await startLightCluster(name);
  const stopOperator = await startOperator(cluster);
  const stopGateways = await runGateways(cluster, { host, implementation });
  return {
    ...{ ...cluster, host },
    async close() {
      await stopGateways();
      await stopOperator();
      await cluster.close();
    },
  };
}

/**
 * Runs a gateway of each role in this process; the returned function stops both.
 *
 * @param options.targets where all that is exported listens. @default 127.0.0.1
 */
export async function runGateways(
  cluster: ClusterDriver,
  {
    host,
    implementation,
    targets = '127.0.0.1',
  }: Pick<ServingOptions, 'host' | 'implementation'> & { readonly targets?: string },
): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const common = async (account: string) => ({
    ...{ namespace: ownNamespace, clock: systemClock, log: silent, leaveMs: 0, drainMs: 0 },
    kube: createKube(parseRemote(await cluster.access(account)), { fieldManager: 'service-mirror' }),
  });
  const settings = { address: host, clock: systemClock, log: silent };
  const resolver = createResolver({ clock: systemClock });
  const [below, above] = [await common('service-mirror-egress'), await common('service-mirror-ingress')];
  const egress = createEgressAgent({
    ...{ ...below, resolver, lingerMs: 0, settleMs: 0 },
    applied: { address: host, port: 4192 },
    dialIn: { address: host, port: 4145 },
    gateway: (given) => implementation.egress({ ...settings, ...given, resolver }),
  });
  const ingress = createIngressAgent({
    ...{ ...above, instance: `${cluster.name}-ingress` },
    dialling: { resolver, ingress: { host, port: 4143, proxies: [] } },
    gateway: (given) => servingAt(targets, implementation.ingress({ ...settings, ...given, port: 4143 })),
  });
  const running = [egress.run(stop.signal), ingress.run(stop.signal)];
  return async () => {
    stop.abort();
    await Promise.all(running);
    await Promise.all([below.kube.close(), above.kube.close()]);
  };
}

/** An API server alone has no network for ClusterIPs: what is exported listens on another host, at the same port. */
function servingAt(host: string, gateway: IngressGateway): IngressGateway {
  return {
    ...gateway,
    apply: (state) =>
      gateway.apply({
        ...state,
        exports: [...exportsById(state.exports).values()].map((one) => ({
          ...one,
          target: { ...one.target, host },
        })),
      }),
  };
}

/** How long (ms) it may take until operators have learned of each other. */
const patience = 90_000;

/** Links both, mirrors one service of Paris in London, and gives back the port that leads there. */
export async function linkBoth(
  london: ServingDriver,
  paris: ServingDriver,
  { ways, service }: { ways: 'one way' | 'two ways'; service: number },
): Promise<number> {
  const at = ({ host }: ServingDriver) => spec({ gateway: { addresses: [{ host, port: 4143 }] } });
  const exports = spec({ exports: { all: true, allowSelectorless: true } });
  await london.link('paris', await paris.access('peer-london'), at(paris));
  if (ways === 'two ways')
    await paris.link('london', await london.access('peer-london'), at(london), exports);
  else await paris.applies(aLink('london', exportOnly, exports, spec({ peer: await london.published() })));
  await Promise.all([london, paris].map((cluster) => cluster.applies(aNamespace('shop'))));
  await paris.in('shop').applies(aService('echo', port(service)), aSlice('echo', endpoint('10.7.0.1')));
  await london.in('shop').applies(aMirror('echo', of('paris', 'shop/echo')));
  return eventually(async () => {
    const { status } = await london.in('shop').get(serviceMirrors, 'echo');
    const gatewayPort = status?.ports?.[0]?.gatewayPort;
    assert.ok(gatewayPort !== undefined);
    return gatewayPort;
  }, patience);
}
