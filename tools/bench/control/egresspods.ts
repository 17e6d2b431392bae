import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen, ownNames } from '../../../src/api/names.js';
import type { Pod } from '../../../src/api/objects.js';
import { pods, secrets, serviceMirrors } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { clusterOf } from '../../../src/gateway/agent/keypair.js';
import { createContact } from '../../../src/gateway/applied/contact.js';
import { createHistory, type History } from '../../../src/gateway/applied/history.js';
import { startAppliedServer, type AppliedServer } from '../../../src/gateway/applied/server.js';
import { ImmutableMap } from '../../../src/runtime/immutable.js';
import { decodeKeyPair, type KeyPair } from '../../../src/pki/keypair.js';
import type { PeerReport } from '../../../src/protocol/report.js';
import { routesOfMirror, type Route } from '../../../src/protocol/routes.js';
import { protocolVersion, serviceIdOf } from '../../../src/protocol/serviceid.js';
import { systemClock } from '../../../src/runtime/clock.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { silent } from '../../../src/runtime/log.js';
import { follow } from '../../clusters/follow.js';
import { egressPodOf, linkName, nameOf, namespaceName, ownNamespace, type Layout } from './objects.js';

/**
 * Egress pods of a London that carry nothing: they have every route at once, reach their peer, and report both to the
 * operator as real ones do.
 */
export interface EgressPods {
  /** Starts one on an address of this machine; resolves when the API server shows it as running. */
  start(address: string): Promise<void>;
  /** Lets one leave: the API server shows that it is deleted, and it reports that it drains. */
  leave(address: string): Promise<void>;
  close(): Promise<void>;
}

interface Started {
  readonly history: History;
  server: AppliedServer | undefined;
}

const podName = (address: string) => `egress-${address.replaceAll('.', '-')}`;

/** Begins to follow the mirrors of a London. */
export async function createEgressPods(
  kube: KubeClient,
  of: { readonly layout: Layout; readonly links: number },
): Promise<EgressPods> {
  const stop = new AbortController();
  const started = new Map<string, Started>();
  const serving = new Set<Promise<void>>();
  const links = linksOf(of);
  let routes = ImmutableMap.of<number, Route>();
  let pending: (readonly [number, Route | undefined])[] = [];
  const update = () => {
    if (pending.length === 0) return;
    routes = routes.with(pending);
    pending = [];
    for (const { history } of started.values()) history.update({ routes });
  };
  const tell = ({ object, gone }: { object: ServiceMirror; gone: boolean }) => {
    if (pending.length === 0) setImmediate(update);
    for (const route of routesOfMirror(object)) pending.push([route.port, gone ? undefined : route]);
  };
  await follow(kube, serviceMirrors, { tell }, stop.signal);

  async function serve(address: string, one: Started): Promise<void> {
    const identity = await identityIn(kube, stop.signal);
    if (identity === undefined) return;
    one.server = await startAppliedServer({
      ...{
        history: one.history,
        contact: createContact(systemClock),
        cluster: clusterOf(identity),
        identity,
      },
      ...{ address, port: listen.applied, clock: systemClock, log: silent },
    });
  }

  return {
    async start(address) {
      const one: Started = { history: createHistory(randomUUID()), server: undefined };
      one.history.update({ routes, links });
      started.set(address, one);
      const served = serve(address, one);
      serving.add(served);
      // the operator makes the certificate after it has started; the bare client asks nobody
      if ((await certificateIn(kube)) !== undefined) await served;
      await kube.create(pods, egressPodOf(podName(address)));
      const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }] };
      await kube.mergePatch<Pod>(pods, keyOf(address), { status }, { subresource: 'status' });
    },
    async leave(address) {
      await kube.remove(pods, keyOf(address));
      started.get(address)?.history.update({ draining: true });
    },
    async close() {
      stop.abort();
      await Promise.all([...serving]);
      await Promise.all([...started.values()].map(async ({ server }) => server?.close()));
    },
  };
}

const keyOf = (address: string) => `${ownNamespace}/${podName(address)}`;

/** All Links reach their peers. */
function linksOf({ layout, links }: { readonly layout: Layout; readonly links: number }) {
  const healthy = { healthy: true, reason: 'Healthy', answering: [] } as const;
  const names = Array.from({ length: links }, (_, n) => linkName(n, links));
  return new Map(names.map((name) => [name, { ...healthy, peer: reportOf(name, layout) }]));
}

/** A peer, which goes by the name of its Link, exports everything to us. */
function reportOf(cluster: string, layout: Layout): PeerReport {
  const serviceIds = Array.from({ length: layout.services }, (_, n) =>
    serviceIdOf({ namespace: namespaceName(n, layout), name: nameOf(n), port: 80 }),
  ).toSorted();
  const nothing = { caFingerprints: [], addresses: [] };
  return { protocol: protocolVersion, cluster, uid: cluster, serviceIds, ...nothing };
}

/** Waits for the certificate of egress gateways; undefined when the signal comes first. */
async function identityIn(kube: KubeClient, signal: AbortSignal): Promise<KeyPair | undefined> {
  while (!signal.aborted) {
    const identity = await certificateIn(kube);
    if (identity !== undefined) return identity;
    await sleep(200);
  }
  return undefined;
}

async function certificateIn(kube: KubeClient): Promise<KeyPair | undefined> {
  const { items } = await kube.list(secrets, {
    ...{ namespace: ownNamespace, fieldSelector: `metadata.name=${ownNames.egressTls}` },
  });
  return decodeKeyPair(items[0]?.data);
}
