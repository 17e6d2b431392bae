import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isInside, readCidr, writeCidr } from './cidr.js';

describe('readCidr() reads', () => {
  const cases = {
    '10.0.0.0/8': '10.0.0.0/8',
    '192.0.2.7': '192.0.2.7/32',
    '2001:db8::/32': '2001:db8::/32',
    '2001:db8::7': '2001:db8::7/128',
    '0.0.0.0/0': '0.0.0.0/0',
  };
  for (const [text, is] of Object.entries(cases)) it(text, () => assert.equal(writeCidr(readCidr(text)), is));
});

describe('readCidr() refuses, and says what to write,', () => {
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '2001:db8::/129',
    'lb.example.com',
    '10.0.0.0/',
    '10.0.0.0/8 ',
  ])
    it(JSON.stringify(text), () =>
      assert.throws(() => readCidr(text), /is not a network; write one like 10/),
    );
});

describe('isInside()', () => {
  const inside = isInside(['10.1.0.0/16', '2001:db8::/32', '192.0.2.7'].map(readCidr));
  const cases: Record<string, boolean> = {
    '10.1.255.1': true,
    '10.2.0.1': false,
    '::ffff:10.1.0.1': true,
    '::ffff:10.2.0.1': false,
    '2001:db8::1': true,
    '2001:db9::1': false,
    '192.0.2.7': true,
    '192.0.2.8': false,
    '': false,
  };
  for (const [ip, is] of Object.entries(cases))
    it(`${ip || 'nothing'} is ${is ? '' : 'not '}in`, () => assert.equal(inside(ip), is));

  it('has none in no network', () => assert.equal(isInside([])('10.1.0.1'), false));
});
