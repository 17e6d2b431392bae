import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { ownNames } from '../../src/api/names.js';
import { createEgressAgent, type EgressAgentOptions } from '../../src/gateway/agent/egress.js';
import { followApplied } from '../../src/controllers/gateway/applied.js';
import { serviceIdOf } from '../../src/protocol/serviceid.js';
import { encodePeer } from '../../src/protocol/identity.js';
import type { EgressGateway } from '../../src/gateway/model.js';
import { createEgress } from '../../src/gateway/node/egress.js';
import { createIngress } from '../../src/gateway/node/ingress.js';
import { createResolver } from '../../src/net/resolve.js';
import { systemClock } from '../../src/runtime/clock.js';
import { createKube } from '../../src/runtime/kube.js';
import { silent } from '../../src/runtime/log.js';
import type { Applied } from '../../src/protocol/applied.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import { freePort } from '../conformance/ports.js';
import { startFakeApi } from '../fakeapi/fakeapi.js';
import { aConfigMap, aSecret } from './gen.js';
import { aCluster } from './pki.js';

/** Where everything listens. */
export const host = '127.0.0.1';
/** The operator's namespace. */
export const namespace = 'service-mirror';
/** The service ID of port 80 of `default/hello`. */
export const serviceId = serviceIdOf({ namespace: 'default', name: 'hello', port: 80 });

/** The certificates of both clusters. */
export const [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);

/** The egress gateway's Secret with that certificate. */
export const leaf = ({ cert, key, ca }: KeyPair) =>
  aSecret(ownNames.egressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });

/** The ConfigMap that settles Paris, whose ingress gateway listens on that port, as London's only peer. */
export const peers = (port: number) => peersAt({ paris: port });

/** The same for several Links, by name, all of which lead to gateways of Paris. */
export const peersAt = (ports: Readonly<Record<string, number>>) =>
  aConfigMap(
    ownNames.peers,
    Object.fromEntries(
      Object.entries(ports).map(([link, port]) => [
        link,
        encodePeer({
          ...{ link, cluster: 'paris', caBundle: paris.authority.ca, addresses: [{ host, port }] },
          probe: { period: 200, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
        }),
      ]),
    ),
  );

/** Paris: an ingress gateway that exports `hello`, by default an echo. Gives its port. */
export async function startParis(
  t: TestContext,
  serve: (socket: Socket) => unknown = (socket) => socket.pipe(socket),
): Promise<number> {
  const sockets = new Set<Socket>();
  const hello = createServer((socket) => sockets.add(socket.on('error', () => {})).size && serve(socket));
  await new Promise<void>((resolve) => hello.listen(0, host, resolve));
  const report = () => ({
    ...({ protocol: 2, cluster: 'paris', uid: 'uid-paris' } as const),
    ...{ serviceIds: [serviceId], caFingerprints: [], addresses: [] },
  });
  const gateway = createIngress({ address: host, port: 0, log: silent, clock: systemClock, report });
  const probe = { period: 1, timeout: 1, failureThreshold: 1, successThreshold: 1 };
  await gateway.apply({
    ...{ cluster: 'paris', identity: paris.ingress },
    peers: [{ link: 'london', cluster: 'london', caBundle: london.authority.ca, addresses: [], probe }],
    exports: [
      {
        ...{ serviceId, target: { host, port: (hello.address() as AddressInfo).port } },
        ...{ protocol: { kind: 'tcp' } as const, allow: new Set(['london']) },
      },
    ],
  });
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    hello.close();
    await gateway.close(0);
  });
  return gateway.port();
}

/** London: an API server and an egress gateway with its agent, which a test stops, or else the end of the test. */
export async function startLondon(t: TestContext, options: Partial<EgressAgentOptions> = {}) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  const resolver = createResolver({ clock: systemClock });
  const port = await freePort();
  let ports: readonly number[] = [];
  /** Notes which ports are in force. */
  const noting = (gateway: EgressGateway): EgressGateway => ({
    ...gateway,
    async apply(state) {
      const missing = await gateway.apply(state);
      const lost = new Set(missing.flatMap((part) => (part.kind === 'port' ? [part.port] : [])));
      ports = [...state.routes.values()].map((route) => route.port).filter((one) => !lost.has(one));
      return missing;
    },
  });
  const agent = createEgressAgent({
    ...{ kube, namespace, resolver, clock: systemClock, log: silent, leaveMs: 100, drainMs: 0 },
    ...{ applied: { address: host, port }, lingerMs: 0, settleMs: 0 },
    gateway: ({ answering }) =>
      noting(createEgress({ address: host, log: silent, clock: systemClock, resolver, answering })),
    ...options,
  });
  const stop = new AbortController();
  const done = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
    await kube.close();
    await api.close();
  });
  return { api, agent, stop, done, port, ports: () => ports };
}

/** London's operator, following that gateway until the test is over. */
export function anOperator(
  t: TestContext,
  port: number,
  options: { tls?: () => KeyPair; listed?: () => boolean } = {},
) {
  const stop = new AbortController();
  const seen: (Applied | undefined)[] = [];
  const tls = () => london.operator;
  const onChange = (applied: Applied | undefined) => seen.push(applied);
  const done = followApplied(
    { address: host, port, cluster: 'london', clock: systemClock, tls, onChange, ...options },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await done;
  });
  return { seen, last: () => seen.at(-1) };
}

/** Sends a word through an egress port; gives back what the other side answers. */
export async function say(port: number, word: string): Promise<string> {
  const socket = connect({ port, host });
  socket.write(word);
  try {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}
