import assert from 'node:assert/strict';
import { it } from 'node:test';
import { aLink, aView } from '../../test/gen/gen.js';
import { transports } from './transports.js';

it('transports are found under the name that they give themselves', () => {
  assert.deepEqual(Object.keys(transports).toSorted(), ['flat', 'gateway', 'linkerd']);
  for (const [name, { limits }] of Object.entries(transports)) assert.equal(limits.transport, name);
});

it('our own gateways carry TCP, no headless services and no session affinity, and ask for no metadata', () => {
  const { gateway } = transports;
  assert.deepEqual(gateway.limits, {
    transport: 'gateway',
    protocols: ['TCP'],
    headless: false,
    sessionAffinity: false,
  });
  assert.deepEqual(gateway.metadata({ view: aView(), link: aLink() }), {
    labels: {},
    annotations: {},
    sliceAnnotations: {},
  });
});
