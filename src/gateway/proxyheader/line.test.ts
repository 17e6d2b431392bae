import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLine } from './line.js';
import type { HeaderSource } from './parsed.js';

const longestIp = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';

const good: Record<string, { line: string; source?: HeaderSource }> = {
  'a line of IPv4': {
    line: 'PROXY TCP4 192.0.2.1 203.0.113.7 8080 4143\r\n',
    source: { ip: '192.0.2.1', port: 8080 },
  },
  'a line of IPv6': {
    line: 'PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n',
    source: { ip: '2001:db8::1', port: 0 },
  },
  'a line of something unknown': { line: 'PROXY UNKNOWN ffff::1 whatever\r\n' },
  'the shortest line': { line: 'PROXY UNKNOWN\r\n' },
  'the longest line': { line: `PROXY UNKNOWN ${longestIp} ${longestIp} 65535 65535\r\n` },
};

describe('parseLine() reads', () => {
  for (const [what, { line, source }] of Object.entries(good)) {
    it(`${what}, in whatever pieces it comes`, () => {
      const data = Buffer.from(line);
      const header = { fields: Buffer.alloc(0), length: data.length, ...(source && { source }) };
      for (const rest of ['', 'rest', '\r\n'])
        assert.deepEqual(parseLine(Buffer.from(line + rest)), { kind: 'header', header }, `then '${rest}'`);
      for (let end = 6; end < data.length; end++)
        assert.deepEqual(parseLine(data.subarray(0, end)), { kind: 'partial' }, `${end} bytes are too few`);
    });
  }
});

const bad: Record<string, string> = {
  'a line that does not end': `PROXY TCP4 ${'1'.repeat(200)}`,
  'a line that ends a byte too late': `PROXY UNKNOWN ${'1'.repeat(92)}\r\n`,
  'a line of another protocol': 'PROXY UDP4 192.0.2.1 203.0.113.7 8080 4143\r\n',
  'a line of another family than its addresses': 'PROXY TCP6 192.0.2.1 203.0.113.7 8080 4143\r\n',
  'a line whose addresses are of two families': 'PROXY TCP4 192.0.2.1 2001:db8::2 8080 4143\r\n',
  'a line without addresses': 'PROXY TCP4\r\n',
  'a line without a family': 'PROXY \r\n',
  'a line without its last port': 'PROXY TCP4 192.0.2.1 203.0.113.7 8080\r\n',
  'a line with a word more': 'PROXY TCP4 192.0.2.1 203.0.113.7 8080 4143 4144\r\n',
  'a line with two spaces': 'PROXY TCP4 192.0.2.1  203.0.113.7 8080 4143\r\n',
  'a line with a port that is none': 'PROXY TCP4 192.0.2.1 203.0.113.7 65536 4143\r\n',
  'a line with a port that looks octal': 'PROXY TCP4 192.0.2.1 203.0.113.7 8080 04143\r\n',
  'a line with an address that looks octal': 'PROXY TCP4 192.0.2.01 203.0.113.7 8080 4143\r\n',
  'a line that ends before the line does': 'PROXY TCP4 192.0.2.1 203.0.113.7 8080 4143\n\r\n',
};

describe('parseLine() refuses', () => {
  for (const [what, line] of Object.entries(bad))
    it(what, () => assert.equal(parseLine(Buffer.from(line)).kind, 'broken'));

  it('a line as soon as it is too long, and not before', () => {
    const kindOf = (length: number) => parseLine(Buffer.from('PROXY UNKNOWN'.padEnd(length, ' '))).kind;
    assert.deepEqual([kindOf(106), kindOf(107)], ['partial', 'broken']);
  });
});
