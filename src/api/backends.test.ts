import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, holding, inNamespace, of, withStatus } from '../../test/gen/gen.js';
import { backendsOfSpec, backendsOfStatus, isSameService } from './backends.js';

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

describe('backendsOfStatus()', () => {
  const ports = [{ port: 80, protocol: 'TCP', gatewayPort: 10_000 }];

  it('gives what the status says, whatever the spec has come to ask for', () => {
    const mirror = aMirror('m', holding({ 80: 10_000 }), of('rome', 'vault/keys'));
    assert.deepEqual(backendsOfStatus(mirror), [{ ...hello, ports }]);
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
