import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSlice, endpoint, labelled, metadata } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import { reduceOwnSlice, weighOwnSlice } from './ownslices.js';

test('reduceOwnSlice() keeps nodes and references, and of the labels the name of the Service', () => {
  const slice = aSlice(
    'web-1',
    labelled({ [keys.serviceName]: 'web', team: 'a' }),
    endpoint('10.0.0.1', { nodeName: 'n1', targetRef: { kind: 'Pod', name: 'web-a' } }),
    metadata({ managedFields: [{ manager: 'kcm' }], resourceVersion: '7' }),
  );
  const { metadata: kept, endpoints } = reduceOwnSlice(slice);
  assert.deepEqual(kept.labels, { [keys.serviceName]: 'web' });
  assert.equal(kept.resourceVersion, '7');
  assert.equal('managedFields' in kept, false);
  assert.deepEqual(endpoints, slice.endpoints);
});

test('reduceOwnSlice() takes a slice without endpoints and ports', () => {
  const { endpoints, ports } = reduceOwnSlice({ ...aSlice('web-1'), endpoints: null });
  assert.deepEqual(endpoints, []);
  assert.ok(Array.isArray(ports));
});

test('weighOwnSlice() grows with the endpoints', () => {
  const many = Array.from({ length: 100 }, (_, i) => endpoint(`10.0.0.${i}`));
  const [none = 0, all = 0] = [aSlice('a'), aSlice('a', ...many)].map((one) =>
    weighOwnSlice(reduceOwnSlice(one)),
  );
  assert.ok(all > none + 2_000);
});
