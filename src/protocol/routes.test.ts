import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, annotated, condition, holding, of, withStatus } from '../../test/gen/gen.js';
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

describe('destinationOf()', () => {
  it('is the Link and the service ID of the port', () => assert.deepEqual(destinationOf(cart, 80), to(80)));
});
