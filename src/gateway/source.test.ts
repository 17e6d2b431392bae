import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from './source.js';

const cases: Readonly<Record<string, readonly [ip: string, source: string]>> = {
  'IPv4 by address': ['192.0.2.7', '192.0.2.7'],
  'IPv4 that a socket of both families writes': ['::ffff:192.0.2.7', '192.0.2.7'],
  'IPv6 by 64 bits': ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  'IPv6 with zeros left out at its end': ['2001:db8::7', '2001:db8:0:0::/64'],
  'IPv6 with zeros left out in the middle': ['2001:db8:1::4:5:6', '2001:db8:1:0::/64'],
  'IPv6 with zeros left out at its start': ['::1', '0:0:0:0::/64'],
  'a link-local address': ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  'no address': ['', ''],
};

for (const [title, [ip, source]] of Object.entries(cases)) {
  test(`sourceOf(): ${title}`, () => assert.equal(sourceOf(ip), source));
}
