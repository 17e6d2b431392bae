import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, anInput, ofClusters } from '../../test/gen/gen.js';
import { aSeenBackend } from '../../test/gen/backends.js';
import type { BackendState } from '../api/mirrorstatus.js';
import { weighingRemark } from './weighing.js';

const role = (weight: number, state: BackendState = 'Serving') => ({ state, priority: 0, weight });
const view = { mirror: aMirror('m', ofClusters('paris', 'lyon')) };
const through = (cluster: string) => aSeenBackend(cluster, { transport: 'gateway', view });
const input = anInput(through('paris'), aSeenBackend('lyon', { view }));

test('a cluster whose endpoints are listed as they are is not weighed, which the remark says', () => {
  for (const weight of [3, 1])
    assert.match(
      weighingRemark(input, [role(weight), role(1)]) ?? '',
      /^weights count only .*: lyon gets connections/,
    );
});

test('there is no remark where one serves, or all is weighed', () => {
  assert.equal(weighingRemark(input, [role(3), role(1, 'Standby')]), undefined);
  assert.equal(weighingRemark(anInput(through('paris'), through('rome')), [role(3), role(1)]), undefined);
});
