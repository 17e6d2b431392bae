import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { aNamespace, labelled } from '../../../test/gen/gen.js';
import { ApiError } from '../../runtime/errors.js';
import { createNamespaceMaker } from './namespaces.js';

const shop = aNamespace('shop', labelled({ team: 'a' }));

test('createNamespaceMaker() makes a namespace once, and leaves one that is there', async () => {
  const fake = aFakeCluster();
  const { make } = createNamespaceMaker(fake);
  const all = await Promise.all([make(shop), make(shop)]);
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ['done', 'done'],
  );
  assert.deepEqual(fake.written(), ['create namespaces shop']);
  fake.put(aNamespace('theirs'));
  await make(aNamespace('theirs', labelled({ team: 'a' })));
  assert.equal(fake.caches.namespaces.get('theirs')?.metadata.labels?.['team'], undefined);
});

test('createNamespaceMaker() tells a refusal once, and does not ask again before its time', async () => {
  const fake = aFakeCluster();
  let asked = 0;
  fake.kube.beforeWrite = () => {
    asked++;
    throw new ApiError('namespaces is forbidden', { status: 403, reason: 'Forbidden' });
  };
  const { make } = createNamespaceMaker(fake);
  const outcomes = [...(await Promise.all([make(shop), make(shop)])), await make(shop)];
  assert.deepEqual(
    outcomes.map((one) => one.kind === 'refused' && one.fresh),
    [true, false, false],
  );
  assert.equal(asked, 1);
});
