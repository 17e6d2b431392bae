import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConflict, isOfSlices, isWrite, requestOf, tallyOf, total } from './requests.js';

const line = (verb: string, resource: string, code: number, subresource?: string) =>
  JSON.stringify({ verb, objectRef: { resource, subresource }, responseStatus: { code } });

const tally = tallyOf(
  [
    line('create', 'services', 201),
    line('create', 'services', 201),
    line('create', 'endpointslices', 409),
    line('patch', 'endpointslices', 200),
    line('get', 'endpointslices', 200),
    line('patch', 'servicemirrors', 200, 'status'),
  ].map(requestOf),
);

test('tallyOf() counts by verb and resource, and refused requests apart', () =>
  assert.deepEqual(tally, {
    'create services': 2,
    'create endpointslices 409': 1,
    'patch endpointslices': 1,
    'get endpointslices': 1,
    'patch servicemirrors/status': 1,
  }));

test('total() sums what is meant', () => {
  assert.equal(total(tally), 6);
  assert.equal(total(tally, isWrite), 5);
  assert.equal(total(tally, isConflict), 1);
  assert.equal(total(tally, isOfSlices), 2);
});
