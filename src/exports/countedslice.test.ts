import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSlice } from '../../test/gen/gen.js';
import { keys } from '../api/names.js';
import type { EndpointSlice } from '../api/objects.js';
import { serviceOfSlice } from '../api/resources.js';
import { countsAlike, reduceCountedSlice } from './countedslice.js';

const slice = (change: (slice: EndpointSlice) => void = () => {}) =>
  reduceCountedSlice(
    aSlice('web', (one) => {
      one.metadata.annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': 'now' };
      one.ports = [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'http' }];
      one.endpoints = [
        {
          addresses: ['10.0.0.1'],
          nodeName: 'n',
          zone: 'z',
          targetRef: { kind: 'Pod', name: 'web-0', uid: 'u' },
        },
        { addresses: ['10.0.0.2', '10.0.0.3'], conditions: { ready: false }, hostname: '' },
      ];
      change(one);
    }),
  );

test('reduceCountedSlice() keeps what decides how endpoints are counted', () => {
  const reduced = slice();
  assert.equal(serviceOfSlice(reduced), 'default/web');
  assert.deepEqual(reduced.endpoints, [
    { addresses: [], conditions: {}, targetRef: { uid: 'u' } },
    { addresses: ['10.0.0.2'], conditions: { ready: false } },
  ]);
  assert.deepEqual(reduced.ports, [{ name: 'http', port: 80, protocol: 'TCP' }]);
  assert.deepEqual(Object.keys(reduced.metadata.labels ?? {}), [keys.serviceName]);
  assert.equal(reduced.metadata.annotations, undefined);
});

test('reduceCountedSlice() takes a slice without endpoints and ports', () => {
  const empty = slice((one) => Object.assign(one, { endpoints: null, ports: null }));
  assert.deepEqual([empty.endpoints, empty.ports], [[], []]);
});

test('countsAlike() notices what may change a count, and nothing else', () => {
  assert.ok(
    countsAlike(
      slice(),
      slice(({ metadata }) => (metadata.resourceVersion = '9')),
    ),
  );
  assert.ok(
    countsAlike(
      slice(),
      slice(({ endpoints }) => (endpoints![0]!.nodeName = 'other')),
    ),
  );
  assert.ok(
    !countsAlike(
      slice(),
      slice(({ endpoints }) => (endpoints![0]!.conditions = { ready: false })),
    ),
  );
  assert.ok(
    !countsAlike(
      slice(),
      slice(({ endpoints }) => endpoints!.pop()),
    ),
  );
  assert.ok(
    !countsAlike(
      slice(),
      slice(({ ports }) => (ports![0]!.name = 'other')),
    ),
  );
  assert.ok(
    !countsAlike(
      slice(),
      slice((one) => (one.addressType = 'IPv6')),
    ),
  );
});
