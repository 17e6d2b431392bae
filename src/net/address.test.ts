import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAddress, writeAddress } from './address.js';

describe('readAddress() reads, and writeAddress() writes,', () => {
  const cases = {
    'an IPv4 address': { text: '203.0.113.7:4143', is: { host: '203.0.113.7', port: 4143 } },
    'an IPv6 address in brackets': { text: '[2001:db8::7]:443', is: { host: '2001:db8::7', port: 443 } },
    'a name': { text: 'gw.example.com:65535', is: { host: 'gw.example.com', port: 65535 } },
  };
  for (const [sentence, { text, is }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(readAddress(text), is);
      assert.equal(writeAddress(is), text);
    });
  }
});

describe('readAddress() refuses, and says what to write,', () => {
  const cases = {
    'a host without a port': '203.0.113.7',
    'an IPv6 address without brackets': '2001:db8::7:4143',
    'a name in brackets': '[gw.example.com]:4143',
    'an IPv4 address in brackets': '[203.0.113.7]:4143',
    'no host': ':4143',
    'port 0': 'gw.example.com:0',
    'a port that is too large': 'gw.example.com:65536',
    'a scheme': 'https://gw.example.com:4143',
    'a mistyped IPv4 address': '203.0.113.700:4143',
    'capitals, which the Link of a peer would refuse': 'GW.example.com:4143',
    'a name that is too long': `${'a'.repeat(254)}:4143`,
    nothing: '',
  };
  for (const [sentence, text] of Object.entries(cases)) {
    it(sentence, () => assert.throws(() => readAddress(text), /is not an address; write HOST:PORT/));
  }
});
