import assert from 'node:assert/strict';
import { test, describe, it } from 'node:test';
import { isAllowedTarget, dialable, ForbiddenAddressError } from './target.js';

const allowed = [
  '10.96.0.10',
  '172.20.0.1',
  '192.168.1.1',
  '203.0.113.7',
  'fd00:10:96::a',
  '2001:db8::1',
  '64:ff9b::c000:201',
];

const refused: Readonly<Record<string, readonly string[]>> = {
  'this host': ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1'],
  'no address': ['0.0.0.0', '::', '', 'hello.default.svc', '10.96.0.10:80', '[::1]'],
  'the link': ['169.254.1.1', 'fe80::1', 'febf::1'],
  'a metadata service': [
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fd00:42::42',
  ],
  'a group': ['224.0.0.1', '239.1.2.3', '255.255.255.255', 'ff02::1'],
  'this host in IPv6 clothes': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:169.254.169.254', '::127.0.0.1'],
  'what a translator makes of such': ['64:ff9b::7f00:1', '64:ff9b::169.254.169.254', '64:ff9b::'],
};

for (const ip of allowed) {
  test(`isAllowedTarget() lets a gateway call ${ip}`, () => assert.equal(isAllowedTarget(ip), true));
}
for (const [title, ips] of Object.entries(refused)) {
  test(`isAllowedTarget() refuses ${title}`, () => {
    for (const ip of ips) assert.equal(isAllowedTarget(ip), false, ip);
  });
}

describe('dialable()', () => {
  it('takes whatever a Link names itself', () => {
    assert.deepEqual(dialable('gw.test', ['127.0.0.1', '192.0.2.1'], undefined), ['127.0.0.1', '192.0.2.1']);
  });

  it('passes over what a peer must not lead to', () => {
    assert.deepEqual(dialable('gw.test', ['127.0.0.1', '192.0.2.1'], true), ['192.0.2.1']);
  });

  it('leaves what could not be resolved to those who say so', () => {
    assert.deepEqual(dialable('gw.test', [], true), []);
  });

  for (const ip of [
    '127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '64:ff9b::a9fe:a9fe',
  ])
    it(`refuses a peer that publishes ${ip}, or a name that leads there`, () => {
      const fix = /not dialled.*spec\.gateway\.addresses/;
      const refused = (error: Error) => error instanceof ForbiddenAddressError && fix.test(error.message);
      assert.throws(() => dialable(ip, [ip], true), refused);
      assert.throws(
        () => dialable('gw.test', [ip], true),
        (error: Error) => refused(error) && error.message.startsWith(`gw.test leads to ${ip}, which `),
      );
    });
});
