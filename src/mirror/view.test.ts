import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, holding, named } from '../../test/gen/gen.js';
import { transports } from '../transport/transports.js';
import { carries, localName, mayTellOf, mirroredPort } from './view.js';

describe('mayTellOf()', () => {
  const hello = { cluster: 'paris', namespace: 'default', name: 'hello' };

  it('is true of the service that the status names, and of no other', () => {
    const mirror = aMirror('m', holding({}));
    assert.equal(mayTellOf(mirror, hello), true);
    assert.equal(mayTellOf(mirror, { ...hello, cluster: 'rome' }), false);
  });

  it('is true of any while the status names none', () => {
    assert.equal(mayTellOf(aMirror('m'), { ...hello, cluster: 'rome' }), true);
  });
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

describe('carries()', () => {
  it('takes an absent protocol as TCP', () => {
    assert.equal(carries(transports.gateway.limits, undefined), true);
    assert.equal(carries(transports.gateway.limits, 'UDP'), false);
  });
});
