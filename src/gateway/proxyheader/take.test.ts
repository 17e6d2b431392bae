import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it, test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { binaryHeader, v4 } from '../../../test/conformance/header.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { HeaderError, parseHeader, takeHeader } from './take.js';

const line = Buffer.from('PROXY TCP4 192.0.2.1 203.0.113.7 8080 4143\r\n');
const versions = { 1: line, 2: binaryHeader({ body: v4 }) };

/** Takes a header off one end of a connection while something is done to the other. */
async function taking(act: (near: Socket, clock: ReturnType<typeof fakeClock>) => unknown) {
  const [near, far] = await socketPair();
  const clock = fakeClock();
  const listeners = () => ['readable', 'close', 'end'].map((event) => far.listenerCount(event));
  const before = listeners();
  try {
    const taken = takeHeader(far, { clock, timeout: 1_000 });
    // who waits for it comes later
    taken.catch(() => {});
    await act(near, clock);
    const header = await taken;
    assert.equal(clock.timers, 0, 'the timeout is over');
    assert.deepEqual(listeners(), before, 'nobody listens any more');
    const rest = Buffer.concat((await far.toArray()) as Buffer[]);
    return { header, rest };
  } finally {
    near.destroy();
    far.destroy();
  }
}

describe('takeHeader()', () => {
  for (const [version, data] of Object.entries(versions)) {
    it(`leaves all that follows a header of version ${version} to be read, also what came with it`, async () => {
      const payload = Buffer.alloc(300_000, 'payload');
      const { header, rest } = await taking((near) => near.end(Buffer.concat([data, payload])));
      assert.deepEqual([header.source, header.length], [{ ip: '192.0.2.1', port: 8080 }, data.length]);
      assert.ok(rest.equals(payload), `${rest.length} of ${payload.length} bytes`);
    });

    it(`takes a header of version ${version} that comes byte by byte`, async () => {
      const { header, rest } = await taking(async (near) => {
        near.setNoDelay();
        for (const byte of data) await new Promise((sent) => near.write(Buffer.of(byte), sent));
        near.end('rest');
      });
      assert.deepEqual([header.length, rest.toString()], [data.length, 'rest']);
    });

    it(`takes a header of version ${version} that nothing follows`, async () => {
      const { rest } = await taking((near) => near.end(data));
      assert.equal(rest.length, 0);
    });
  }

  const failures: Record<string, readonly [act: Parameters<typeof taking>[0], why: RegExp]> = {
    'the connection ends before': [(near) => near.end(line.subarray(0, 10)), /ended before/],
    'the connection is reset before': [(near) => near.resetAndDestroy(), /ended before/],
    'there is none': [(near) => near.write('GET / HTTP/1.1\r\n'), /does not begin with/],
    'it is broken': [(near) => near.write('PROXY TCP4\r\n'), /two addresses/],
    'it is too long': [(near) => near.write(binaryHeader({ length: 65_535 })), /longer than 4096 bytes/],
    'it takes too long': [
      async (near, clock) => {
        near.write(line.subarray(0, 10));
        await clock.advance(1_000);
      },
      /within 1000 ms/,
    ],
  };

  for (const [what, [act, why]] of Object.entries(failures)) {
    it(`rejects when ${what}`, async () => {
      await assert.rejects(taking(act), (error) => error instanceof HeaderError && why.test(error.message));
    });
  }

  it('rejects when the connection is gone already', async () => {
    const [near, far] = await socketPair();
    near.destroy();
    far.destroy();
    await once(far, 'close');
    const clock = fakeClock();
    await assert.rejects(takeHeader(far, { clock, timeout: 1_000 }), HeaderError);
    assert.equal(clock.timers, 0);
  });
});

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
