import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulationPlanOf } from './options.js';

test('simulationPlanOf() has defaults, and takes numbers, lists and words', () => {
  const plan = simulationPlanOf([]);
  assert.deepEqual(plan.clusters, [2, 5, 10, 50, 100, 500]);
  assert.deepEqual([plan.topology, plan.selector, plan.mirrored], ['mesh', true, 100]);
  const given = ['--clusters', '500,2,2', '--selector', 'no', '--topology', 'hub', '--changes', '0.5'];
  const more = ['--remote-namespaces', '3', '--gbits', '0'];
  assert.deepEqual(simulationPlanOf([...given, ...more]), {
    ...plan,
    ...{ clusters: [2, 500], selector: false, topology: 'hub', changes: 0.5, remoteNamespaces: 3, gbits: 0 },
  });
});

const refused: Record<string, string[]> = {
  '--clusters 1: a whole number from 2 to 5,000 is needed': ['--clusters', '1'],
  '--clusters : a whole number from 2 to 5,000 is needed': ['--clusters', '2,'],
  '--services 1.5: a whole number from 1 to 100,000 is needed': ['--services', '100,1.5'],
  '--mirrored 101: a number from 0 to 100 is needed': ['--mirrored', '101'],
  '--changes x: a number from 0 to 36,000 is needed': ['--changes', 'x'],
  '--remote-namespaces 65: a whole number from 0 to 64 is needed': ['--remote-namespaces', '65'],
  '--topology ring: write mesh or hub': ['--topology', 'ring'],
  '--selector maybe: write yes or no': ['--selector', 'maybe'],
  "Unknown option '--more'": ['--more'],
  "Unexpected argument '10'": ['10'],
};
for (const [message, args] of Object.entries(refused))
  test(`simulationPlanOf() refuses ${args.join(' ')}, says why and shows the usage`, () => {
    assert.throws(
      () => simulationPlanOf(args),
      ({ message: said }: Error) =>
        said.startsWith(message) && said.includes('\nusage: npm run bench:simulate'),
    );
  });
