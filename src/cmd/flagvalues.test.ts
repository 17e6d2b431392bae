import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addresses, count, domain, ip, labels, linkName, milliseconds, portNumber } from './flagvalues.js';

const taken: Record<string, [read: (flag: string, text: string) => unknown, text: string, value: unknown]> = {
  'an IPv4 address': [ip, '192.0.2.1', '192.0.2.1'],
  'an IPv6 address': [ip, '2001:db8::1', '2001:db8::1'],
  'the last port': [portNumber, '65535', 65_535],
  'the port that the system chooses': [portNumber, '0', 0],
  'a domain of several labels': [domain, 'cluster.paris.example', 'cluster.paris.example'],
  milliseconds: [milliseconds, '500ms', 500],
  seconds: [milliseconds, '30s', 30_000],
  minutes: [milliseconds, '15m', 900_000],
  'one of something': [count, '1', 1],
  'many of something': [count, '8000', 8_000],
};

suite('a value is read', () => {
  for (const [what, [read, text, value]] of Object.entries(taken))
    test(what, () => assert.deepEqual(read('--flag', text), value));
});

const refused: Record<string, [read: (flag: string, text: string) => unknown, text: string]> = {
  'a name in place of an IP address': [ip, 'localhost'],
  'a port beyond the last': [portNumber, '65536'],
  'no port': [portNumber, ''],
  'a domain that ends in a dot': [domain, 'cluster.local.'],
  'a domain that is too long': [domain, 'abcdefghi.'.repeat(20) + 'z'],
  'a time without a unit': [milliseconds, '30'],
  'a time before now': [milliseconds, '-1s'],
  'none of something': [count, '0'],
  'a part of something': [count, '1.5'],
  'a number in another notation': [count, '1e3'],
};

suite('a mistake is told with the flag and the value:', () => {
  for (const [what, [read, text]] of Object.entries(refused))
    test(what, () =>
      assert.throws(
        () => read('--flag', text),
        ({ message }: Error) => message.startsWith('--flag: ') && message.includes(`"${text}"`),
      ),
    );
});

test('addresses() says how many there may be', () => {
  assert.deepEqual(addresses('--flag', ['gateway.example:4143']), [{ host: 'gateway.example', port: 4143 }]);
  const many = Array.from({ length: 100 }, (_, n) => `192.0.2.${n}:4143`);
  assert.throws(() => addresses('--flag', many), /^Error: --flag: given 100 times, at most \d+$/);
});

suite('linkName()', () => {
  for (const name of ['paris', 'p', '7', 'paris-2', 'a'.repeat(40)])
    test(`takes ${name}`, () => assert.equal(linkName('--flag', name), name));
  for (const name of ['', 'local', 'Paris', '-paris', 'paris-', 'eu.paris', 'a'.repeat(41)])
    test(`refuses "${name}"`, () =>
      assert.throws(() => linkName('--flag', name), /^Error: --flag: write a DNS label/));
});

suite('labels()', () => {
  const texts: Record<string, Record<string, string> | undefined> = {
    'a=b': { a: 'b' },
    'a=b,example.com/c=': { a: 'b', 'example.com/c': '' },
    '': undefined,
    a: undefined,
    'a=b=c': undefined,
    'a=b,': undefined,
    'a=b, c=d': undefined,
    '=b': undefined,
    'a=-': undefined,
  };
  for (const [text, value] of Object.entries(texts))
    test(`of "${text}"`, () => assert.deepEqual(labels(text), value));
});
