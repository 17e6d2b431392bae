import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { conditionOf, type mirrorConditions } from '../../../src/api/conditions.js';
import type { Condition } from '../../../src/api/objects.js';
import {
  endpointSlices,
  links,
  namespaces,
  secrets,
  serviceMirrors,
  services,
} from '../../../src/api/resources.js';
import { aroundWrites } from '../../../src/runtime/writes.js';
import { eventually } from '../../driver/eventually.js';
import { runInProcess } from '../../driver/inprocess.js';
import { startFakeApi, type FakeApi } from '../../fakeapi/fakeapi.js';
import { fakeClock, type FakeClock } from '../../gen/clock.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aSecret,
  aService,
  aSlice,
  endpoint,
  of,
  over,
  port,
  spec,
} from '../../gen/gen.js';
import { ownNamespace } from '../../driver/cluster.js';

/** London's operator in this process, between two API servers in memory, by a clock that only the test moves. */
export interface London {
  readonly api: FakeApi;
  readonly paris: FakeApi;
  readonly clock: FakeClock;
  /** The writes that the operator has begun so far, as in `create services default/hello`. */
  readonly begun: string[];
  /** Called with each write before it is sent. */
  beforeWrite: (write: string) => Promise<void> | void;
  /** Whether Linkerd's gateway of Link `lost` answers well. */
  gatewayAnswers: boolean;
  /** How often it did not; three times make it a lost one. */
  readonly refusedProbes: number;
  /** Starts the operator. The returned function tells it to stop. */
  start(): Promise<() => Promise<void>>;
  /** Stops an operator, and moves time on until it has: what is under way may be waiting for the clock. */
  ends(...stops: (() => Promise<void>)[]): Promise<void>;
  /** Puts services into Paris, and a mirror of each into London. */
  mirrors(names: readonly string[], link?: string): void;
  /** Whether a condition of a mirror has this status. */
  says(mirror: string, type: (typeof mirrorConditions)[number], status: Condition['status']): boolean;
  /** Moves time on, in steps (ms), until something has happened. */
  until(condition: () => boolean, step?: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts both API servers, with the Links `paris` (transport flat) and `lost` (Linkerd's gateway). */
export async function startLondon(): Promise<London> {
  const clock = fakeClock();
  const [api, paris] = await Promise.all([startFakeApi(), startFakeApi()]);
  const begun: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  let refusedProbes = 0;
  const gateway = await startGateway(() => {
    if (!london.gatewayAnswers) refusedProbes += 1;
    return london.gatewayAnswers;
  });
  const probe = { period: '1s', timeout: '1s', failureThreshold: 3, successThreshold: 1, path: '/ready' };
  for (const name of ['kube-system', ownNamespace, 'default'])
    for (const each of [api, paris]) each.put(namespaces, aNamespace(name));
  for (const link of ['paris', 'lost'])
    api.put(secrets, aSecret(`link-${link}`, { kubeconfig: paris.kubeconfig }));
  api.put(links, aLink('paris', over('flat')));
  const addresses = [{ host: '127.0.0.1', port: 4143 }];
  const { port: probed } = gateway.address() as AddressInfo;
  const its = { addresses, identity: 'gateway.example', probe: { ...probe, port: probed } };
  api.put(links, aLink('lost', over('linkerd'), spec({ gateway: its })));

  const london: London = {
    ...{ api, paris, clock, begun },
    beforeWrite: () => undefined,
    gatewayAnswers: true,
    get refusedProbes() {
      return refusedProbes;
    },
    async start() {
      const stop = await runInProcess(api.kubeconfig, {
        clock,
        clusterName: 'london',
        wrap: (kube) =>
          aroundWrites(kube, async ({ verb, resource, key }, send) => {
            const write = `${verb} ${resource.plural} ${key}`;
            begun.push(write);
            await london.beforeWrite(write);
            return send();
          }),
      });
      let stopped: Promise<void> | undefined;
      const once = () => (stopped ??= stop());
      stops.push(once);
      return once;
    },
    mirrors(names, link = 'paris') {
      for (const name of names) {
        paris.put(services, aService(name, port(80)));
        paris.put(endpointSlices, aSlice(name, endpoint('10.9.0.1')));
        api.put(serviceMirrors, aMirror(name, of(link, `default/${name}`)));
      }
    },
    says(name, type, status) {
      const mirror = api.find(serviceMirrors, `default/${name}`);
      return mirror !== undefined && conditionOf(mirror, type)?.status === status;
    },
    async until(condition, step = 100) {
      await eventually(async () => condition() || (await clock.advance(step), condition()), 60_000, 2);
    },
    async ends(...ending) {
      let ended = false;
      const all = Promise.all(ending.map((stop) => stop())).then(() => (ended = true));
      await london.until(() => ended, 1_000);
      await all;
    },
    async close() {
      await london.ends(...stops);
      gateway.close();
      await Promise.all([api.close(), paris.close()]);
    },
  };
  return london;
}

async function startGateway(answers: () => boolean): Promise<Server> {
  const server = createServer((_, answer) => void answer.writeHead(answers() ? 200 : 503).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
