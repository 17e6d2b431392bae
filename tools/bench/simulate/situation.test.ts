import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulationPlanOf } from './options.js';
import { kindsOf, type Size } from './situation.js';

/** Role, number, and of each: Links, mirrors of a Link, mirrors, mirrors of a peer. */
type Told = [string, number, ...number[]];

const cases: Record<string, { size: Size; args: string[]; is: Told[] }> = {
  'a mesh of two': {
    size: { clusters: 2, services: 100 },
    args: [],
    is: [['each cluster', 2, 1, 100, 100, 100]],
  },
  'a mesh of ten that mirrors a quarter, and not less than that': {
    size: { clusters: 10, services: 101 },
    args: ['--mirrored', '25'],
    is: [['each cluster', 10, 9, 26, 234, 234]],
  },
  'a hub with nine spokes: the peers of a spoke have all mirrors': {
    size: { clusters: 10, services: 100 },
    args: ['--topology', 'hub'],
    is: [
      ['the hub', 1, 9, 100, 900, 100],
      ['each spoke', 9, 1, 100, 100, 900],
    ],
  },
};
for (const [sentence, { size, args, is }] of Object.entries(cases))
  test(`kindsOf() knows ${sentence}`, () => {
    const kinds = kindsOf(size, simulationPlanOf(args));
    const told = kinds.map(({ role, count, situation }): Told => {
      const { links, mirrorsPerLink, mirrors, mirrorsOfPeer } = situation;
      return [role, count, links, mirrorsPerLink, mirrors, mirrorsOfPeer];
    });
    assert.deepEqual(told, is);
  });
