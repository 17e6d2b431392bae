import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aService, headless, serviceSpec } from '../../test/gen/gen.js';
import { familiesOf, familyOf, type Family } from './family.js';

describe('familiesOf()', () => {
  const cases: Record<string, { of: ReturnType<typeof aService>; are: Family[] }> = {
    'are what the API server says, in its order': {
      of: aService('hello', serviceSpec({ ipFamilies: ['IPv6', 'IPv4'], clusterIP: 'fd00::10' })),
      are: ['IPv6', 'IPv4'],
    },
    'follow from addresses where it says nothing': {
      of: aService('hello', serviceSpec({ clusterIPs: ['fd00::10', '10.96.0.10'] })),
      are: ['IPv6', 'IPv4'],
    },
    'follow from the one address of an old object': { of: aService('hello'), are: ['IPv4'] },
    'are both before there is an address': {
      of: aService('hello', serviceSpec({ clusterIP: '' })),
      are: ['IPv4', 'IPv6'],
    },
    'are both of a headless Service, since names lead to whatever address pods have': {
      of: aService('hello', headless, serviceSpec({ ipFamilies: ['IPv4'] })),
      are: ['IPv4', 'IPv6'],
    },
    'are none that nobody knows': {
      of: aService('hello', serviceSpec({ ipFamilies: ['IPv7'] })),
      are: ['IPv4'],
    },
  };
  for (const [sentence, { of, are }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(familiesOf(of), are));
  }
});

describe('familyOf()', () => {
  it('tells by the colon, also of IPv4 in IPv6 clothes', () => {
    assert.deepEqual(['10.0.0.1', 'fd00::1', '::ffff:10.0.0.1'].map(familyOf), ['IPv4', 'IPv6', 'IPv6']);
  });
});
