import assert from 'node:assert/strict';
import { test } from 'node:test';
import { egressPorts } from '../../../src/api/names.js';
import { PortAllocator } from '../../../src/transport/ports.js';
import { costs } from './costs.js';
import { kneeOf } from './knee.js';
import { simulationPlanOf } from './options.js';
import { resources, type ResourceName } from './resources.js';

const knee = (services: number, ...args: string[]) =>
  kneeOf(services, { most: 500, settings: simulationPlanOf(args), costs });

interface Case {
  readonly services: number;
  readonly args: string[];
  /** How many clusters the knee has, and what is past its bound there. */
  readonly clusters: number | undefined;
  readonly past: ResourceName[];
}

const cases: Record<string, Case> = {
  // 2 x 10,000 Services; 10,000 ports of one Link, where 8,192 may be
  'already two clusters that export 10,000 each': {
    ...{ services: 10_000, args: [], clusters: 2 },
    past: ['services', 'linkPorts'],
  },
  // 5 x 2,000 Services are 10,000
  'the Services of a cluster': { services: 2_000, args: [], clusters: 6, past: ['services'] },
  // 17 x 100 mirrors of 10 ports are 17,000 ports, where 16,000 may be
  'egress ports': { services: 100, args: ['--ports', '10'], clusters: 18, past: ['egressPorts'] },
  'what a Link keeps': {
    ...{ services: 5_000, args: ['--mirrored', '1', '--endpoints', '500'], clusters: 2 },
    past: ['remoteCache'],
  },
  // two pods of 0.1 CPUs take 219 handshakes/s: 100 of clients, and 0.635 probes of each peer
  'the ingress gateway': {
    ...{ services: 1, args: ['--cores', '0.1', '--gbits', '0', '--requests', '0'], clusters: 189 },
    past: ['ingressCores'],
  },
  'nothing at all': { services: 1, args: ['--mirrored', '0'], clusters: undefined, past: [] },
};
for (const [sentence, { services, args, clusters, past }] of Object.entries(cases))
  test(`kneeOf() names ${sentence}`, () => {
    const found = knee(services, ...args);
    assert.equal(found.clusters, clusters);
    assert.deepEqual(
      found.past.map(({ name }) => name),
      past,
    );
  });

test('kneeOf() knows with how many clusters each resource is within its bound', () => {
  const { room } = knee(1_000);
  assert.equal(room.services, 10);
  assert.equal(room.egressPorts, 17);
  assert.equal(room.linkPorts, 500);
  assert.equal(knee(10_000).room.services, 0);
});

test('as many egress ports are given out as the bound says', () => {
  const allocator = new PortAllocator({ cursor: egressPorts.first, used: new Set() }, [], { now: 0 });
  let given = 0;
  for (;;) {
    const claim = allocator.claim(`${given}`, 0);
    if (claim.kind === 'exhausted') break;
    if (claim.kind === 'record') allocator.recorded(claim.record, 0);
    else given++;
  }
  assert.equal(resources.egressPorts.bound(), given);
});
