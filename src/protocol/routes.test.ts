import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BackendStatus } from '../api/mirrorstatus.js';
import { aMirror, annotated, condition, holding, of, ofClusters, withStatus } from '../../test/gen/gen.js';
import { destinationOf, routesOfMirror } from './routes.js';
import { serviceIdOf } from './serviceid.js';

const cart = { cluster: 'paris', namespace: 'shop', name: 'cart' };
const mirror = aMirror('m', of('paris', 'shop/cart'), holding({ 80: 10_000, 443: 10_001 }));
const to = (port: number) => ({ link: 'paris', serviceId: serviceIdOf({ ...cart, port }) });

describe('routesOfMirror()', () => {
  it('leads each egress port to the service that its backend names', () => {
    assert.deepEqual(routesOfMirror(mirror), [
      { port: 10_000, ...to(80) },
      { port: 10_001, ...to(443) },
    ]);
  });

  it('leads them where the status says, whatever the spec has come to ask for', () => {
    const edited = { ...mirror, spec: { ...mirror.spec, cluster: 'rome' } };
    assert.deepEqual(routesOfMirror(edited), routesOfMirror(mirror));
  });

  it('leads them to the pod that the status names', () => {
    const source = { ...cart, hostname: 'cart-0', display: 'shop/cart-0.cart' };
    const [route] = routesOfMirror(
      aMirror('m', withStatus({ source, ports: [{ port: 80, protocol: 'TCP', gatewayPort: 10_000 }] })),
    );
    assert.deepEqual(route, { port: 10_000, ...destinationOf(source, 80) });
  });

  it('marks the ports whose connections share tunnels', () => {
    const pooling = aMirror('m', holding({ 80: 10_000 }), annotated({ 'linkerd.io/pooled-ports': '80' }));
    assert.equal(routesOfMirror(pooling)[0]?.pooled, true);
  });

  const none = {
    'has no status': aMirror('m'),
    'has ports without an egress port': aMirror('m', withStatus({ ports: [{ port: 80, protocol: 'TCP' }] })),
    'is not accepted': aMirror(
      'm',
      holding({ 80: 10_000 }),
      withStatus({ conditions: [condition('Accepted', 'False', 'NameConflict')] }),
    ),
  };
  for (const [which, without] of Object.entries(none))
    it(`gives none of a mirror that ${which}`, () => assert.deepEqual(routesOfMirror(without), []));
});

describe('routesOfMirror() of several clusters', () => {
  const ports = (gatewayPorts: Record<number, number>) =>
    Object.entries(gatewayPorts).map(([port, gatewayPort]) => ({
      ...{ port: Number(port), protocol: 'TCP', gatewayPort },
    }));
  const record = (cluster: string, more: Partial<BackendStatus> = {}): BackendStatus => ({
    ...{ cluster, namespace: 'shop', name: 'cart', state: 'Serving', priority: 0, weight: 1 },
    ...more,
  });
  const routesOf = (...backends: BackendStatus[]) =>
    routesOfMirror(
      aMirror('m', ofClusters(...backends.map(({ cluster }) => cluster)), withStatus({ backends })),
    );

  it('says for each egress port to which backends its connections may lead', () => {
    const [paris, lyon] = [
      record('paris', { ports: ports({ 80: 10_000, 443: 10_001 }), weight: 3 }),
      record('lyon', { ports: ports({ 80: 10_002 }), state: 'Standby', priority: 1 }),
    ];
    const backends = (port: number, own: number, other?: number) => [
      {
        link: 'paris',
        serviceId: to(port).serviceId,
        port: own,
        place: { state: 'Serving', priority: 0, weight: 3 },
      },
      {
        ...{ link: 'lyon', serviceId: to(port).serviceId },
        ...{ ...(other && { port: other }), place: { state: 'Standby', priority: 1, weight: 1 } },
      },
    ];
    assert.deepEqual(routesOf(paris, lyon), [
      { port: 10_000, ...to(80), backends: backends(80, 10_000, 10_002) },
      { port: 10_001, ...to(443), backends: backends(443, 10_001) },
      { port: 10_002, ...to(80), link: 'lyon', backends: backends(80, 10_000, 10_002) },
    ]);
  });

  it('counts no backend without egress ports: this cluster itself, or one that is not accepted', () => {
    const routes = routesOf(
      record('local'),
      record('paris', { ports: ports({ 80: 10_000 }) }),
      record('rome'),
    );
    assert.deepEqual(routes, [{ port: 10_000, ...to(80) }]);
  });
});

describe('destinationOf()', () => {
  it('is the Link and the service ID of the port', () => assert.deepEqual(destinationOf(cart, 80), to(80)));

  it('is that of one pod for a host name', () => {
    const pod = { ...cart, hostname: 'cart-0' };
    const serviceId = serviceIdOf({ ...pod, port: 80 });
    assert.deepEqual(destinationOf(pod, 80), { link: 'paris', serviceId });
    assert.notEqual(serviceId, to(80).serviceId);
  });
});
