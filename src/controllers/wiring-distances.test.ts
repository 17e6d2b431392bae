import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, of, ofClusters, served } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import { wiring } from './wiring.js';

test('a link that answers faster wakes the slices of mirrors that choose by it, and no others', () => {
  const close = aMirror('close', ofClusters('paris', 'lyon'), served, ({ spec }) => {
    spec.trafficDistribution = 'PreferClose';
  });
  const others = [
    aMirror('even', ofClusters('paris', 'lyon'), served),
    aMirror('alone', of('paris', 'default/hello'), served),
  ];
  const found: string[] = [];
  const options = someWiring({ wake: (queue, key) => void found.push(`${queue} ${key}`) });
  const { caches } = aFakeCluster(close, ...others);
  wiring(caches, options).egressGateways({ kind: 'distances', links: ['paris'] });
  assert.deepEqual(found, ['endpoints default/close']);
});
