import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aService, aSlice, endpoint, exported, port } from '../../../test/gen/gen.js';
import type { Endpoint, EndpointSlice, KubeObject, Service } from '../../api/objects.js';
import { remoteCacheBytes } from '../../runtime/limits.js';
import { reduceConfigMap, reduceService, reduceSlice, weigh } from './reduced.js';

const managedFields = [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }];
const long = 'x'.repeat(10_000);

/** As the slice controller of a cluster writes it. */
function full(count: number): EndpointSlice {
  const endpoints = Array.from({ length: count }, (_, i) => ({
    addresses: [`10.244.${i % 256}.${i % 251}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: 'ip-10-0-0-1.eu-central-1.compute.internal',
    targetRef: {
      kind: 'Pod',
      namespace: 'some-namespace',
      name: 'some-deployment-7d9f8b6c5d-abcde',
      uid: '6b4e1f0e-3b6a-4d8e-9a57-1d2f3a4b5c6d',
    },
    zone: 'eu-central-1a',
  }));
  const slice = aSlice('hello', exported);
  return { ...slice, metadata: { ...slice.metadata, managedFields }, endpoints };
}

describe('reduceService()', () => {
  it('keeps what a mirror is made of, and no more', () => {
    const hello = aService('hello', port(80), exported);
    const annotations = { note: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': long };
    const service = {
      ...hello,
      metadata: { ...hello.metadata, managedFields, annotations, finalizers: ['x'] },
      spec: { ...hello.spec, selector: { app: 'hello' }, healthCheckNodePort: 1 },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    };
    const reduced = reduceService(service);
    assert.deepEqual(reduced.metadata.labels, service.metadata.labels);
    assert.deepEqual(reduced.metadata.annotations, { note: 'kept' });
    assert.deepEqual(reduced.spec.ports, service.spec.ports);
    assert.equal(reduced.spec.clusterIP, service.spec.clusterIP);
    assert.deepEqual(Object.keys(reduced), ['apiVersion', 'kind', 'metadata', 'spec']);
    assert.equal('managedFields' in reduced.metadata, false);
    assert.deepEqual(reduced.spec.selector, { app: 'hello' });
    assert.ok(weigh(reduced) < 2_000);
  });

  it('gives whatever comes the shape of a Service', () => {
    const metadata = { name: 'x', labels: { a: 1, b: 'c' }, annotations: 'none', uid: {} };
    for (const spec of [undefined, 7, [], { ports: 'none' }, { ports: [null, { port: '80' }], type: 1 }]) {
      const reduced = reduceService({ kind: 'Service', metadata, spec } as unknown as Service);
      assert.deepEqual(reduced.metadata, { name: 'x', labels: { b: 'c' } });
      assert.deepEqual(reduced.spec.ports ?? [], []);
      assert.equal(reduced.spec.type, undefined);
    }
  });

  it('leaves out labels and annotations that no API server takes, and mends half characters', () => {
    const labels = {
      ...{ team: 'blue', 'example.com/empty': '', value: 'a\ud800', 'no key': 'x', 'a..b/c': 'x' },
      ...{ long: 'x'.repeat(64), 'k\ud800': 'x' },
    };
    const annotations = { note: 'half \ud800 of it', 'Example.com/Note': 'x', 'k\udfff': 'x', '-': 'x' };
    const hello = aService('hello', port(80, { appProtocol: 'x\udc00' }));
    const reduced = reduceService({ ...hello, metadata: { ...hello.metadata, labels, annotations } });
    assert.deepEqual(reduced.metadata.labels, { team: 'blue', 'example.com/empty': '' });
    assert.deepEqual(reduced.metadata.annotations, { note: 'half \ufffd of it', 'Example.com/Note': 'x' });
    assert.equal(reduced.spec.ports?.[0]?.appProtocol, 'x\ufffd');
  });

  it('keeps of the owners the ServiceMirror alone that controls it', () => {
    const mirror = { apiVersion: 'linkerd.io/v1alpha1', kind: 'ServiceMirror', name: 'm', uid: '1' };
    const reduced = (...ownerReferences: object[]) =>
      reduceService({
        ...aService('hello', port(80)),
        metadata: { name: 'hello', ownerReferences: ownerReferences as never },
      }).metadata.ownerReferences;
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: '2' };
    assert.deepEqual(reduced(other, { ...mirror, controller: true, more: 'x' }), [
      { ...mirror, controller: true },
    ]);
    assert.equal(reduced(mirror), undefined);
  });

  it('refuses an object without a name', () => {
    for (const metadata of [undefined, null, {}, { name: 7 }, { name: '' }])
      assert.throws(() => reduceService({ kind: 'Service', metadata } as unknown as Service), /has no name/);
  });
});

describe('reduceSlice()', () => {
  it('keeps addresses, conditions, host names and pods, ports, and whose it is', () => {
    const endpoints = [
      endpointOf({
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { uid: 'u1' },
      }),
      endpointOf({ conditions: { ready: false }, hostname: 'web-0' }),
      endpointOf({ hostname: 'web-1', targetRef: { uid: 'u2' } }),
      endpointOf({ conditions: {} }),
    ];
    const slice: EndpointSlice = { ...aSlice('hello', endpoint('10.9.0.1')), endpoints };
    const reduced = reduceSlice(slice);
    assert.deepEqual(
      reduced.endpoints,
      endpoints.map((each) => ({ ...each, conditions: each.conditions ?? {} })),
    );
    assert.deepEqual(reduced.ports, slice.ports);
    assert.equal(reduced.addressType, slice.addressType);
    assert.equal(
      reduced.metadata.labels?.['kubernetes.io/service-name'],
      slice.metadata.labels?.['kubernetes.io/service-name'],
    );
    assert.deepEqual({ ...reduced }.endpoints, reduced.endpoints, 'a copy has them, too');
  });

  it('gives whatever comes the shape of a slice', () => {
    const bad = [
      undefined,
      null,
      'x',
      [null, 7, { addresses: 'x', conditions: { ready: 'yes' }, hostname: 1 }],
    ];
    for (const endpoints of bad) {
      const slice = { kind: 'EndpointSlice', metadata: { name: 'x' }, endpoints, ports: endpoints };
      const reduced = reduceSlice(slice as unknown as EndpointSlice);
      for (const each of reduced.endpoints ?? []) assert.deepEqual(each, { addresses: [], conditions: {} });
    }
  });

  it('lets a cluster of 10,000 Services and 10,000 slices of 100 endpoints into the cache', () => {
    const service = reduceService(aService('hello', port(80), port(443), exported));
    const bytes = 10_000 * (weigh(reduceSlice(full(100))) + weigh(service));
    assert.ok(bytes < 0.8 * remoteCacheBytes, `${bytes}`);
    assert.ok(JSON.stringify(full(100)).length > 30_000);
  });
});

describe('reduceConfigMap()', () => {
  it('keeps the texts', () => {
    const map = { kind: 'ConfigMap', metadata: { name: 'x', managedFields }, data: { a: 'b', c: 1 } };
    const reduced = reduceConfigMap(map as never) as KubeObject & { data: object };
    assert.deepEqual(reduced.data, { a: 'b' });
    assert.deepEqual(reduced.metadata, { name: 'x' });
  });
});

function endpointOf(fields: Partial<Endpoint>): Endpoint {
  return { addresses: ['10.9.0.1'], ...fields };
}
