import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, inNamespace, named, of } from '../../test/gen/gen.js';
import { localName, mirroredPort, remoteOf } from './view.js';

describe('remoteOf()', () => {
  const cases: Record<string, { mirror: ReturnType<typeof aMirror>; is: ReturnType<typeof remoteOf> }> = {
    'takes the namespace of the mirror when none is given': {
      mirror: aMirror('m', inNamespace('shop')),
      is: { namespace: 'shop', name: 'hello' },
    },
    'takes the namespace that is given': {
      mirror: aMirror('m', of('paris', 'shop/cart')),
      is: { namespace: 'shop', name: 'cart' },
    },
  };
  for (const [sentence, { mirror, is }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(remoteOf(mirror), is));
  }
});

describe('localName()', () => {
  it('is the remote name unless another is given', () => {
    assert.equal(localName(aMirror('m')), 'hello');
    assert.equal(localName(aMirror('m', named('hello-paris'))), 'hello-paris');
  });
});

describe('mirroredPort()', () => {
  it('shows name and egress port when there are any', () => {
    assert.deepEqual(mirroredPort({ port: 80 }, undefined), { port: 80, protocol: 'TCP' });
    assert.deepEqual(mirroredPort({ port: 80, name: 'http' }, 10000), {
      name: 'http',
      port: 80,
      protocol: 'TCP',
      gatewayPort: 10000,
    });
  });
});
