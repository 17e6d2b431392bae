import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, holding, inNamespace, of, ofClusters, withStatus } from '../../test/gen/gen.js';
import { backendsOfSpec, backendsOfStatus, isSameService, placeOf } from './backends.js';

const hello = { cluster: 'paris', namespace: 'default', name: 'hello' };

describe('backendsOfSpec()', () => {
  const cases: Record<string, { mirror: ReturnType<typeof aMirror>; is: object }> = {
    'takes the namespace of the mirror when none is given': {
      mirror: aMirror('m', inNamespace('shop')),
      is: { ...hello, namespace: 'shop' },
    },
    'takes the namespace that is given': {
      mirror: aMirror('m', of('rome', 'shop/cart')),
      is: { cluster: 'rome', namespace: 'shop', name: 'cart' },
    },
  };
  for (const [sentence, { mirror, is }] of Object.entries(cases))
    it(sentence, () => assert.deepEqual(backendsOfSpec(mirror), [is]));
});

it('backendsOfSpec() gives one backend for each cluster, in the order of the spec', () => {
  const mirror = aMirror('m', ofClusters('rome', { name: 'local', priority: 1 }));
  assert.deepEqual(backendsOfSpec(mirror), [
    { ...hello, cluster: 'rome' },
    { ...hello, cluster: 'local' },
  ]);
});

describe('placeOf()', () => {
  const mirror = aMirror('m', ofClusters({ name: 'rome', priority: 2, weight: 0 }, 'paris'));

  it('is what the spec says', () => assert.deepEqual(placeOf(mirror, 'rome'), { priority: 2, weight: 0 }));

  it('is the first priority, and an even share, when the spec says nothing', () => {
    assert.deepEqual(placeOf(mirror, 'paris'), { priority: 0, weight: 1 });
    assert.deepEqual(placeOf(aMirror('m'), 'paris'), { priority: 0, weight: 1 });
  });
});

describe('backendsOfStatus()', () => {
  const ports = [{ port: 80, protocol: 'TCP', gatewayPort: 10_000 }];

  it('gives what the status says, whatever the spec has come to ask for', () => {
    const mirror = aMirror('m', holding({ 80: 10_000 }), of('rome', 'vault/keys'));
    assert.deepEqual(backendsOfStatus(mirror), [{ ...hello, ports }]);
  });

  it('gives each of several backends with its place', () => {
    const place = { state: 'Serving' as const, priority: 0, weight: 3 };
    const backends = [{ ...hello, ...place, ready: 1, total: 1, ports }];
    assert.deepEqual(backendsOfStatus(aMirror('m', holding({ 80: 9 }), withStatus({ backends }))), [
      { ...hello, ports, place },
    ]);
  });

  it('gives none while the status does not say where ports lead', () => {
    assert.deepEqual(backendsOfStatus(aMirror('m')), []);
    assert.deepEqual(backendsOfStatus(aMirror('m', withStatus({ ports }))), []);
  });
});

describe('isSameService()', () => {
  it('looks at cluster, namespace and name', () => {
    assert.equal(isSameService(hello, { ...hello }), true);
    for (const other of [{ cluster: 'rome' }, { namespace: 'shop' }, { name: 'cart' }])
      assert.equal(isSameService(hello, { ...hello, ...other }), false);
  });
});
