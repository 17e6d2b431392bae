import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aService, aSlice, labelled, port } from '../../test/gen/gen.js';
import { aHeadless } from '../../test/gen/pods.js';
import type { Endpoint, EndpointPort, Service } from '../api/objects.js';
import type { CatalogService } from '../protocol/catalog.js';
import { reduceCountedSlice } from './countedslice.js';
import { listedOf } from './listed.js';

const at = (
  address: string,
  conditions: Endpoint['conditions'] = {},
  more: Partial<Endpoint> = {},
): Endpoint => ({
  ...{ addresses: [address], conditions, targetRef: { kind: 'Pod', uid: `uid-${address}` } },
  ...more,
});
const leaving = { ready: false, serving: true, terminating: true };
const http: EndpointPort = { name: 'http', port: 8080, protocol: 'TCP' };
const admin: EndpointPort = { name: 'admin', port: 9090, protocol: 'TCP' };
let slices = 0;
const slice = (endpoints: Endpoint[], ports: EndpointPort[] = [http], family: 'IPv4' | 'IPv6' = 'IPv4') =>
  reduceCountedSlice(
    aSlice('web', (one) => {
      one.metadata.name = `web-${slices++}`;
      Object.assign(one, { endpoints, ports, addressType: family });
    }),
  );
const web = aService('web', port(80, { name: 'http' }), port(81, { name: 'admin' }));

interface Case {
  readonly service?: Service;
  readonly ports?: readonly number[];
  readonly slices?: readonly ReturnType<typeof slice>[];
  readonly hosts?: readonly string[];
  readonly tells: Partial<CatalogService>;
}

const cases: Record<string, Case> = {
  'no endpoint at all': { tells: { ready: 0, total: 0, ports: [{ name: 'http', port: 80 }] } },
  'endpoints that are ready, or do not say': {
    slices: [slice([at('10.0.0.1', { ready: true }), at('10.0.0.2'), at('10.0.0.3', { ready: false })])],
    tells: { ready: 2, total: 3 },
  },
  'the last ones, which leave': {
    slices: [slice([at('10.0.0.1', leaving), at('10.0.0.2', leaving)])],
    tells: { ready: 2, total: 2 },
  },
  'those that leave no more than others stay': {
    slices: [slice([at('10.0.0.1', leaving), at('10.0.0.2', { ready: true })])],
    tells: { ready: 1, total: 2 },
  },
  'an endpoint of two slices once': {
    slices: [slice([at('10.0.0.1')]), slice([at('10.0.0.1')])],
    tells: { ready: 1, total: 1 },
  },
  'a pod with two families once': {
    slices: [
      slice([at('10.0.0.1')]),
      slice([at('fd00::1', {}, { targetRef: { uid: 'uid-10.0.0.1' } })], [http], 'IPv6'),
    ],
    tells: { ready: 1, total: 1 },
  },
  'what cannot be called at the ClusterIP as not ready': {
    slices: [slice([at('fd00::1')], [http], 'IPv6')],
    tells: { ready: 0, total: 1, ports: [{ name: 'http', port: 80, closed: true }] },
  },
  'a port that no pod offers as closed': {
    ports: [80, 81],
    slices: [slice([at('10.0.0.1')])],
    tells: {
      ready: 1,
      ports: [
        { name: 'http', port: 80 },
        { name: 'admin', port: 81, closed: true },
      ],
    },
  },
  'pods of ports that are not exported as not reached': {
    slices: [slice([at('10.0.0.1')], [admin])],
    tells: { ready: 0, total: 1, ports: [{ name: 'http', port: 80, closed: true }] },
  },
  'nothing of ports that are not exported': {
    ports: [81],
    tells: { ports: [{ name: 'admin', port: 81 }] },
  },
  'nothing of a UDP port of the same number': {
    service: aService('web', port(53, { name: 'dns', protocol: 'UDP' }), port(53, { name: 'dns-tcp' })),
    ports: [53],
    tells: { ports: [{ name: 'dns-tcp', port: 53 }] },
  },
  'the affinity, its usual time, and that pods count before they are ready': {
    service: aService('web', port(80), ({ spec }) =>
      Object.assign(spec, { sessionAffinity: 'ClientIP', publishNotReadyAddresses: true }),
    ),
    tells: { affinity: 10_800, publishNotReady: true, ports: [{ port: 80 }] },
  },
  'all labels, and annotations but those that never travel': {
    service: aService(
      'web',
      port(80),
      labelled({ app: 'web', 'mirror.linkerd.io/exported': 'true' }),
      ({ metadata }) => {
        metadata.annotations = {
          note: 'x',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          'linkerd.io/export-protocol': 'http',
        };
      },
    ),
    tells: { labels: { app: 'web', 'mirror.linkerd.io/exported': 'true' }, annotations: { note: 'x' } },
  },
  'the host names of a headless service that are exported, and whether each is ready': {
    service: aHeadless('web', port(80, { name: 'http' })),
    hosts: ['web-0', 'web-1', 'web-2'],
    slices: [
      slice([
        at('10.0.0.1', {}, { hostname: 'web-0' }),
        at('10.0.0.2', { ready: false }, { hostname: 'web-1' }),
        at('10.0.0.4', {}, { hostname: 'other' }),
      ]),
    ],
    tells: { hosts: { 'web-0': true, 'web-1': false, 'web-2': false }, ready: 2, total: 3 },
  },
  'a headless service without pods with its ports': {
    service: aHeadless('web', port(80, { name: 'http' })),
    hosts: [],
    tells: { hosts: {}, ready: 0, total: 0, ports: [{ name: 'http', port: 80 }] },
  },
};

describe('listedOf() tells', () => {
  for (const [sentence, { service = web, ports = [80], slices = [], hosts, tells }] of Object.entries(cases))
    it(sentence, () => {
      const listed = listedOf({
        service,
        ports: new Set(ports),
        slices,
        ...(hosts && { hosts: new Set(hosts) }),
      });
      assert.deepEqual(
        Object.fromEntries(Object.keys(tells).map((key) => [key, listed[key as keyof CatalogService]])),
        tells,
      );
    });

  it('no address and no selector', () => {
    const text = JSON.stringify(
      listedOf({ service: web, ports: new Set([80]), slices: [slice([at('10.0.0.1')])] }),
    );
    assert.doesNotMatch(text, /10\.|selector|targetPort/);
  });
});
