import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as api from './apiserver.js';
import { costs as shippedCosts, unitCosts, type Costs } from './costs.js';
import * as gateways from './gateways.js';
import * as operator from './operator.js';
import { simulationPlanOf } from './options.js';
import { usesOf } from './resources.js';
import { kindsOf, type Situation } from './situation.js';

/** Costs of which one can compute by hand: whatever is not named costs nothing. */
const nothing = Object.fromEntries(Object.keys(unitCosts).map((name) => [name, 0])) as Costs;

/** A cluster of a mesh. */
function aCluster(clusters: number, services: number, ...args: string[]): Situation {
  return kindsOf({ clusters, services }, simulationPlanOf(args))[0]!.situation;
}

/** Three clusters of 100 services: two Links, 200 mirrors. */
const three = (...args: string[]) => aCluster(3, 100, ...args);

/** What a formula gives, and what is computed by hand. */
const byHand: Record<string, [number, number]> = {
  // 2 operators of 9, 2 x (10 + 3) of gateways, 2 Links of 4
  watches: [api.watches(three()), 18 + 26 + 8],
  'watches without a selector': [api.watches(three('--selector', 'no')), 18 + 26 + 6],
  'watches of 5 namespaces each': [api.watches(three('--remote-namespaces', '5')), 18 + 26 + 32],
  'watches with 3 pods of each gateway': [api.watches(three('--replicas', '3')), 18 + 39 + 8],
  // 200 mirrors whose endpoints change 18 times an hour: one in a second
  writes: [api.writes(three('--changes', '18', '--edits', '0')), 1],
  // ping 1/5, looks at 3 kinds in 10 s, 4 watches in 450 s
  'requests of a Link': [api.requestsPerLink(three()), 0.2 + 0.3 + 4 / 450],
  // leases, looks at 2 x 9 + 2 x (9 + 3) kinds, 44 watches, 2 Links, and a write
  requests: [
    api.requests(three('--changes', '18', '--edits', '0')),
    0.5 + 1 / 2.2 + 4.2 + 44 / 450 + 2 * (0.5 + 4 / 450) + 1,
  ],
  // 100 services of 250 endpoints, in three slices, with one change a second in all
  'bytes of a Link': [
    api.bytesPerLink(three('--endpoints', '250', '--changes', '36', '--edits', '0'), {
      ...{ ...nothing, wireSlice: 100, wireEndpoint: 3 },
    }),
    100 + 250,
  ],
  // one status a second: back to its writer, to 2 operators and to 2 egress gateways
  'bytes of statuses': [
    api.bytes(three('--changes', '18', '--edits', '0'), { ...nothing, wireMirror: 1_000 }),
    5_000,
  ],
  // without a selector, 100 exported, 50 other Services and the 200 mirrors of the peer
  'objects of a list': [api.listObjects(three('--selector', 'no', '--others', '50')), 350],
  'objects of a list with a selector': [api.listObjects(three()), 100],
  import: [api.importCpu(three(), { ...nothing, importMirror: 20 }), 4],
  // a Service, a slice and ten endpoints, 100 times
  'kept of a peer': [
    operator.keptPerLink(three(), {
      ...{ ...nothing, remoteService: 1_000, remoteSlice: 500, remoteEndpoint: 50 },
    }),
    100 * 2_000,
  ],
  // each mirror without its remote service, which counts by Link: it is there anyway
  'memory of the operator': [
    operator.operatorMemory(three(), {
      ...{ ...nothing, operatorBase: 1e6, operatorMirror: 3_000, remoteService: 1_000, localService: 10 },
    }),
    1e6 + 200 * 2_000 + 2 * 100 * 1_000 + 100 * 10,
  ],
  // 2 Links with 4 watches and another connection
  'memory of connections': [operator.operatorMemory(three(), { ...nothing, operatorConnection: 1 }), 10],
  // 2 pods each tell of 100 exports of 2 peers
  'heap of reports': [operator.operatorHeap(three(), { ...nothing, serviceId: 1 }), 400],
  'heap without endpoints': [
    operator.operatorHeap(three('--endpoints', '100'), { ...nothing, remoteEndpoint: 1, operatorMirror: 10 }),
    0,
  ],
  // three reconciles for each of one write a second
  'CPU of the operator': [
    operator.operatorCpu(three('--changes', '18', '--edits', '0'), { ...nothing, operatorReconcile: 2 }),
    0.006,
  ],
  'CPU of egress gateways': [
    gateways.egressCores(three('--connections', '100', '--requests', '1000', '--gbits', '8'), {
      ...{ ...nothing, egressConnection: 1, egressRequest: 0.1, egressGigabyte: 1_000 },
    }),
    0.1 + 0.1 + 1,
  ],
  // 2 peers with 2 pods each ask in 3.15 s
  'CPU of probes': [
    gateways.ingressCores(three('--connections', '0'), { ...nothing, ingressConnection: 3.15 }),
    0.004,
  ],
  'CPU of an egress agent': [gateways.egressAgentCpu(three(), { ...nothing, probe: 3.15 }), 0.002],
  rights: [gateways.rights(three('--ports', '3')), 600],
};
for (const [what, [is, should]] of Object.entries(byHand))
  test(`${what}: as computed by hand`, () => {
    assert.ok(Math.abs(is - should) <= 1e-9 * Math.max(1, should), `${is}, not ${should}`);
  });

test('no value falls while clusters, services or anything that one of them does becomes more', () => {
  for (const topology of ['mesh', 'hub'])
    for (const selector of ['yes', 'no']) {
      const base = ['--topology', topology, '--selector', selector];
      const plan = simulationPlanOf(base);
      const more: Parameters<typeof kindsOf>[] = [
        [{ clusters: 30, services: 300 }, plan],
        [{ clusters: 20, services: 301 }, plan],
        ...[
          'others 10',
          'endpoints 1000',
          'ports 2',
          'changes 7',
          'edits 1',
          'connections 101',
          'gbits 1',
        ].map((option): Parameters<typeof kindsOf> => [
          { clusters: 20, services: 300 },
          simulationPlanOf([...base, ...`--${option}`.split(' ')]),
        ]),
      ];
      const before = kindsOf({ clusters: 20, services: 300 }, plan);
      for (const grown of more)
        kindsOf(...grown).forEach(({ situation, role }, at) => {
          const less = usesOf(before[at]!.situation, shippedCosts);
          usesOf(situation, shippedCosts).forEach(({ name, value }, nth) => {
            assert.ok(value >= less[nth]!.value, `${name} of ${role}: ${value} after ${less[nth]!.value}`);
          });
        });
    }
});
