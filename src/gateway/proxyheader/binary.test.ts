import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BinaryHeader, binaryHeader, field, v4 } from '../../../test/conformance/header.js';
import { parseBinary } from './binary.js';
import type { HeaderSource } from './parsed.js';

const v6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.alloc(16),
  Buffer.from('1f90102f', 'hex'),
]);
const extra = field(0xea, 'x');
const none = Buffer.alloc(0);

const good: Record<string, BinaryHeader & { source?: HeaderSource; fields?: Buffer }> = {
  IPv4: { body: v4, source: { ip: '192.0.2.1', port: 8080 } },
  IPv6: { family: 0x21, body: v6, source: { ip: '2001:db8:0:0:0:0:0:1', port: 8080 } },
  'IPv4 with fields': {
    body: Buffer.concat([v4, extra]),
    source: { ip: '192.0.2.1', port: 8080 },
    fields: extra,
  },
  'a proxy that speaks for itself': { command: 0x20, body: v4 },
  'a proxy that speaks for itself, with nothing to say': { command: 0x20, family: 0 },
  'a proxy that speaks for itself, of a family that there is not': { command: 0x20, family: 0xff, body: v4 },
  'a proxy that speaks for itself, without the room that its family needs': { command: 0x20, family: 0x21 },
  'a proxy that speaks for itself, with fields': { command: 0x20, family: 0, body: extra, fields: extra },
  'no family, with fields': { family: 0, body: extra, fields: extra },
  'a UNIX socket, with fields': {
    family: 0x31,
    body: Buffer.concat([Buffer.alloc(216), extra]),
    fields: extra,
  },
  'UDP over IPv4': { family: 0x12, body: v4 },
  'UDP over IPv6': { family: 0x22, body: v6 },
  'as much as there may be': {
    body: Buffer.concat([v4, Buffer.alloc(4_096 - 16 - v4.length)]),
    source: { ip: '192.0.2.1', port: 8080 },
    fields: Buffer.alloc(4_096 - 16 - v4.length),
  },
};

describe('parseBinary() reads a header of', () => {
  for (const [what, { source, fields = none, ...parts }] of Object.entries(good)) {
    it(`${what}, in whatever pieces it comes`, () => {
      const data = binaryHeader(parts);
      const header = { fields, length: data.length, ...(source && { source }) };
      for (const rest of ['', 'rest'])
        assert.deepEqual(parseBinary(Buffer.concat([data, Buffer.from(rest)])), { kind: 'header', header });
      for (let end = 12; end < data.length; end++)
        assert.deepEqual(parseBinary(data.subarray(0, end)), { kind: 'partial' }, `${end} bytes are too few`);
    });
  }
});

const bad: Record<string, BinaryHeader> = {
  'version 1': { command: 0x11, body: v4 },
  'version 3': { command: 0x31, body: v4 },
  'an unknown command': { command: 0x22, body: v4 },
  'an unknown family': { family: 0x41, body: v4 },
  'an unknown protocol': { family: 0x13, body: v4 },
  'no room for addresses of IPv4': { body: v4.subarray(1) },
  'no room for addresses of IPv6': { family: 0x21, body: v6.subarray(1) },
};

describe('parseBinary() refuses a header of', () => {
  for (const [what, parts] of Object.entries(bad))
    it(`${what}, whatever follows`, () => {
      const data = Buffer.concat([binaryHeader(parts), Buffer.alloc(100)]);
      assert.equal(parseBinary(data).kind, 'broken');
    });

  it('more than 4 kB, before any of it comes', () => {
    const kindOf = (length: number) => parseBinary(binaryHeader({ length: length - 16 })).kind;
    assert.deepEqual([4_096, 4_097, 16 + 65_535].map(kindOf), ['partial', 'broken', 'broken']);
  });
});
