import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/objects.js';
import { createStore } from '../runtime/cache.js';
import { createLog } from '../runtime/log.js';
import { fakeClock } from '../../test/clock.js';
import { anEgressPod, aPod } from '../../test/gen.js';
import { createFleet, type FleetChange } from './fleet.js';

const going = (pod: Pod) => {
  pod.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  pod.metadata.resourceVersion = '2';
};

test('createFleet() takes a pod that is being deleted to be leaving, whatever it says itself', async () => {
  const pods = createStore<Pod>({ onError: (error) => assert.fail(String(error)) });
  pods.synced = true;
  pods.put(aPod('egress-1', '10.1.0.1'));
  const { applied } = anEgressPod('egress-1');
  const changes: FleetChange[] = [];
  const clock = fakeClock();
  const stop = new AbortController();
  const fleet = createFleet({
    pods,
    fixed: [],
    tls: () => ({ cert: '', key: '', ca: '' }),
    cluster: 'london',
    listed: () => true,
    onChange: (change) => changes.push(change),
    clock,
    log: createLog({ level: 'error', format: 'plain' }),
    follow: async ({ onChange }, signal) => {
      onChange(applied);
      await clock.sleep(1e9, signal);
    },
  });
  const running = fleet.run(stop.signal);
  await clock.advance(0);
  assert.deepEqual(
    fleet.pods.map(({ applied }) => applied?.draining),
    [false],
  );

  changes.length = 0;
  pods.put(aPod('egress-1', '10.1.0.1', going));
  assert.deepEqual(
    fleet.pods.map(({ applied }) => applied?.draining),
    [true],
  );
  assert.deepEqual(changes, [{ kind: 'membership' }]);

  stop.abort();
  await clock.advance(1_000);
  await running;
});
