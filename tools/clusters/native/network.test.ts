import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, freeRange, maxNodes } from './network.js';

test('addressOf() gives every set of clusters its own sixteenth of the range', () => {
  const range = '192.0.2';
  assert.equal(addressOf({ range, slot: 0 }, 0), '192.0.2.1');
  assert.equal(addressOf({ range, slot: 0 }, maxNodes), '192.0.2.14');
  assert.equal(addressOf({ range, slot: 15 }, maxNodes), '192.0.2.254');
});

test('freeRange() avoids a range in which the machine itself has an address, but not for our own links', () => {
  const ours = { svcmirror0: [{ address: '192.0.2.14' }] };
  const cases = {
    '192.0.2': { eth0: [{ address: '192.168.0.1' }, { address: 'fe80::1' }], ...ours },
    '198.51.100': { eth0: [{ address: '192.0.2.2' }], ...ours },
    '203.0.113': { eth0: [{ address: '192.0.2.2' }], eth1: [{ address: '198.51.100.9' }] },
  };
  for (const [want, interfaces] of Object.entries(cases)) assert.equal(freeRange(interfaces), want);
});
