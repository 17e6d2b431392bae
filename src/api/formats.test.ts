import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as formats from './formats.js';

const cases: Record<string, { format: formats.Format; good: string[]; bad: string[] }> = {
  'a DNS label': {
    format: formats.dnsLabel('a name'),
    good: ['a', '1a', 'a-b', 'a'.repeat(63)],
    bad: ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a'.repeat(64), 'a\n'],
  },
  'the name of a Service': {
    format: formats.serviceName('a name'),
    good: ['a', 'hello-2'],
    bad: ['', '2hello', 'hello-', 'Hello', 'a'.repeat(64)],
  },
  'a DNS name': {
    format: formats.dnsName('a domain'),
    good: ['local', 'cluster.local', '1.a-b.c'],
    bad: ['', '.', 'a.', '.a', 'a..b', 'a.-b', 'A.b'],
  },
  'a host': {
    format: formats.host,
    good: ['192.0.2.1', '2001:db8::1', '::1', 'gateway.example.com', 'localhost', '1password.example.com'],
    bad: [
      '',
      '192.0.2',
      '192.0.2.256',
      '192.0.2.1:4143',
      '[::1]',
      '1:2:3',
      'http://a',
      'a/b',
      'a b',
      'A.example',
    ],
  },
  'a duration': {
    format: formats.duration('100ms', '10m'),
    good: ['100ms', '3s', '600s', '10m'],
    bad: ['', '99ms', '11m', '601s', '3', '0s'],
  },
  'a key or all keys of a prefix': {
    format: formats.keyOrPrefix,
    good: ['team', 'example.com/team', 'example.com/*', 'A_b.c'],
    bad: ['', '*', '/team', 'example.com/', 'a/b/c', 'team-*', 'example.com/t*'],
  },
  'the path of a request': {
    format: formats.httpPath,
    good: ['/', '/ready', '/a?b=c'],
    bad: ['', 'ready', '/a b', '/é'],
  },
  'the name of a port': {
    format: formats.portName,
    good: ['http', 'http-2', '8080-tcp'],
    bad: ['', 'HTTP', '-http', 'http_2'],
  },
  'CA certificates': {
    format: formats.certificates,
    good: ['-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'],
    bad: ['', 'MA==', '-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n'],
  },
};

const takes = ({ pattern, maxLength, holds = () => true }: formats.Format, text: string) =>
  text.length <= maxLength && pattern.test(text) && holds(text);

for (const [what, { format, good, bad }] of Object.entries(cases)) {
  suite(what, () => {
    for (const text of good) test(`can be ${JSON.stringify(text)}`, () => assert.ok(takes(format, text)));
    for (const text of bad) test(`is not ${JSON.stringify(text)}`, () => assert.ok(!takes(format, text)));
    test('has a pattern that the API server reads as we do', () => {
      // RE2 knows no look-around and no back-reference; a raw string of CEL ends at a quote
      assert.doesNotMatch(format.pattern.source, /\(\?|\\[1-9]|'/);
      assert.equal(format.pattern.flags, '');
    });
  });
}
