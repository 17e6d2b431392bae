import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binaryHeader, v4 } from '../../../test/conformance/header.js';
import { parseHeader } from './parse.js';

const line = Buffer.from('PROXY TCP4 192.0.2.1 203.0.113.7 8080 4143\r\n');
const source = { ip: '192.0.2.1', port: 8080 };

for (const [version, data] of Object.entries({ 1: line, 2: binaryHeader({ body: v4 }) })) {
  test(`parseHeader() knows a header of version ${version} by its beginning, however little of it is there`, () => {
    for (let end = 0; end < data.length; end++)
      assert.deepEqual(parseHeader(data.subarray(0, end)), { kind: 'partial' });
    const header = { source, fields: Buffer.alloc(0), length: data.length };
    assert.deepEqual(parseHeader(Buffer.concat([data, line])), { kind: 'header', header });
  });
}

const bad: Record<string, Buffer> = {
  'a TLS hello': Buffer.from('16', 'hex'),
  'a request': Buffer.from('GET / HTTP/1.1\r\n'),
  'another signature': Buffer.from('0d0a0d0b', 'hex'),
  'words that begin alike': Buffer.from('PROXI'),
  'a preface of HTTP/2': Buffer.from('PRI * HTTP/2.0\r\n'),
};

for (const [what, data] of Object.entries(bad))
  test(`parseHeader() refuses ${what}`, () => assert.equal(parseHeader(data).kind, 'broken'));
