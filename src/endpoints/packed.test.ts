import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice } from '../api/objects.js';
import { packedOf, packEndpoints, withPacked } from './packed.js';
import type { CountedEndpoint } from './reach.js';

const slice = (): Omit<EndpointSlice, 'endpoints'> => ({
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
  metadata: { name: 'web-1', namespace: 'shop' },
  ports: [{ name: 'http', port: 80 }],
});

const endpoints: CountedEndpoint[] = [
  { addresses: ['10.0.0.1'], conditions: { ready: true, serving: true, terminating: false } },
  { addresses: ['10.0.0.2'], conditions: { ready: false }, hostname: 'web-0' },
  { addresses: [], conditions: {}, hostname: 'web-1', targetRef: { uid: 'u-1' } },
  { addresses: ['fd00::1', 'x'], conditions: { terminating: true }, targetRef: { uid: 'u-2' } },
  { addresses: ['192.0.2.1'], conditions: { ready: true }, targetRef: { uid: '*' }, count: 12 },
  { addresses: ['192.0.2.1'], conditions: { ready: true }, count: 3 },
];

test('endpoints are read as they were packed', () => {
  const made = withPacked(slice(), packEndpoints(endpoints));
  assert.deepEqual(made.endpoints, endpoints);
  assert.deepEqual(JSON.parse(JSON.stringify(made)), { ...slice(), endpoints });
});

test('conditions that are not said stay so, and what decides nothing is left out', () => {
  const packed = packEndpoints([
    { addresses: ['10.0.0.1'], nodeName: 'n', zone: 'z', targetRef: { name: 'p' } },
  ]);
  assert.deepEqual(withPacked(slice(), packed).endpoints, [{ addresses: ['10.0.0.1'], conditions: {} }]);
});

test('the text of a slice is the same, whether it holds it or not', () => {
  const packed = packEndpoints(endpoints);
  assert.equal(packedOf(withPacked(slice(), packed)), packed);
  assert.equal(packedOf({ ...slice(), endpoints }), packed);
  assert.equal(packedOf({ ...slice(), endpoints: null }), '[]');
});
