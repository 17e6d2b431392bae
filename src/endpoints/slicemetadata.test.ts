import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sliceMetadata } from './slicemetadata.js';

test('sliceMetadata() keeps which slice it is and whose, and nothing else', () => {
  const kept = {
    ...{ name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '7' },
    labels: { 'kubernetes.io/service-name': 'web' },
  };
  const more = { annotations: { a: 'b' }, labels: { ...kept.labels, app: 'web' }, generation: 3 };
  assert.deepEqual(sliceMetadata({ ...kept, ...more }), kept);
  assert.deepEqual(sliceMetadata({ name: 'web-1' }), { name: 'web-1' });
});
