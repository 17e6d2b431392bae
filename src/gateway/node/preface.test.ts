import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/clock.js';
import { socketPair } from '../../../test/conformance/pair.js';
import { parsePreface, PrefaceError, takePreface } from './preface.js';

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** A header of version 2: version and command, family, and what follows. */
function binary(command: number, family: number, rest: Buffer, length = rest.length): Buffer {
  return Buffer.concat([signature, Buffer.from([command, family, length >> 8, length & 255]), rest]);
}

const v4 = Buffer.from('c0000201cb0071071f90102f', 'hex');
const v6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.alloc(16),
  Buffer.from('1f90102f', 'hex'),
]);
const field = Buffer.from('ea000101', 'hex');

const good: Record<string, { data: Buffer; source?: { ip: string; port: number } }> = {
  'a line of IPv4': {
    data: Buffer.from('PROXY TCP4 192.0.2.1 203.0.113.7 8080 4143\r\n'),
    source: { ip: '192.0.2.1', port: 8080 },
  },
  'a line of IPv6': {
    data: Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 8080 4143\r\n'),
    source: { ip: '2001:db8::1', port: 8080 },
  },
  'a line of something unknown': { data: Buffer.from('PROXY UNKNOWN ffff::1 whatever\r\n') },
  'version 2 with IPv4': { data: binary(0x21, 0x11, v4), source: { ip: '192.0.2.1', port: 8080 } },
  'version 2 with IPv6': {
    data: binary(0x21, 0x21, v6),
    source: { ip: '2001:db8:0:0:0:0:0:1', port: 8080 },
  },
  'version 2 with further fields': {
    data: binary(0x21, 0x11, Buffer.concat([v4, field])),
    source: { ip: '192.0.2.1', port: 8080 },
  },
  'version 2 of a proxy that speaks for itself': { data: binary(0x20, 0x11, v4) },
  'version 2 of a UNIX socket': { data: binary(0x21, 0x31, Buffer.alloc(216)) },
};

describe('parsePreface() reads', () => {
  for (const [what, { data, source }] of Object.entries(good)) {
    it(`${what}, in whatever pieces it comes`, () => {
      const is = { length: data.length, ...(source && { source }) };
      assert.deepEqual(parsePreface(Buffer.concat([data, Buffer.from('rest')])), is);
      for (let end = 0; end < data.length; end++)
        assert.equal(parsePreface(data.subarray(0, end)), undefined, `${end} bytes are too few`);
    });
  }
});

const bad: Record<string, Buffer> = {
  'a TLS hello': Buffer.from('16030100c8010000', 'hex'),
  'another signature': Buffer.from('0d0a0d0b', 'hex'),
  'words that begin alike': Buffer.from('PROXIES '),
  'a line that does not end': Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`),
  'a line that ends too late': Buffer.from(`PROXY UNKNOWN ${'1'.repeat(100)}\r\n`),
  'a line of another protocol': Buffer.from('PROXY UDP4 192.0.2.1 203.0.113.7 8080 4143\r\n'),
  'a line of another family than its addresses': Buffer.from(
    'PROXY TCP6 192.0.2.1 203.0.113.7 8080 4143\r\n',
  ),
  'a line without addresses': Buffer.from('PROXY TCP4\r\n'),
  'a line with a port that is none': Buffer.from('PROXY TCP4 192.0.2.1 203.0.113.7 65536 4143\r\n'),
  'version 1 in a header of version 2': binary(0x11, 0x11, v4),
  'an unknown command': binary(0x22, 0x11, v4),
  'no room for addresses of IPv4': binary(0x21, 0x11, Buffer.alloc(4)),
  'no room for addresses of IPv6': binary(0x21, 0x21, v4),
  'a header that is too long': binary(0x21, 0x11, v4, 65_535),
};

describe('parsePreface() refuses', () => {
  for (const [what, data] of Object.entries(bad))
    it(what, () => assert.throws(() => parsePreface(data), PrefaceError));
});

describe('takePreface()', () => {
  const { data } = good['a line of IPv4']!;

  it('leaves what follows to be read', async () => {
    const [near, far] = await socketPair();
    near.write(Buffer.concat([data, Buffer.from('hello')]));
    const { source } = await takePreface(far, { clock: fakeClock(), timeout: 1_000 });
    assert.deepEqual([source?.ip, (far.read() as Buffer).toString()], ['192.0.2.1', 'hello']);
    near.destroy();
    far.destroy();
  });

  it('rejects when the connection ends before', async () => {
    const [near, far] = await socketPair();
    near.end(data.subarray(0, 10));
    await assert.rejects(takePreface(far, { clock: fakeClock(), timeout: 1_000 }), /ended before/);
    far.destroy();
  });

  it('rejects when it takes too long', async () => {
    const [near, far] = await socketPair();
    near.write(data.subarray(0, 10));
    const clock = fakeClock();
    const taken = assert.rejects(takePreface(far, { clock, timeout: 1_000 }), /within 1000 ms/);
    await clock.advance(1_000);
    await taken;
    near.destroy();
    far.destroy();
  });
});
