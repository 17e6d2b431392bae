import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aNamespace, metadata } from '../../test/gen/gen.js';
import { readSelf } from './self.js';

const uid = '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9';
const kube = { get: async () => aNamespace('kube-system', metadata({ uid })) as never };

test('a cluster is named after the UID of its kube-system namespace', async () => {
  assert.deepEqual(await readSelf(kube, { namespace: 'here' }), {
    ...{ uid, namespace: 'here', cluster: 'c-0b1c2d3e4f' },
  });
});

test('a name that was given stays', async () => {
  const { cluster } = await readSelf(kube, { namespace: 'here', clusterName: 'london' });
  assert.equal(cluster, 'london');
});
