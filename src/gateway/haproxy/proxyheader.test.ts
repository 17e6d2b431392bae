import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketPair } from '../../../test/conformance/pair.js';
import { HeaderError, parseHeader, takeHeader } from './proxyheader.js';

/** A header of version 2: IPv4 addresses and these fields. */
function header(fields: readonly (readonly [number, string])[], family = 0x11): Buffer {
  const tlvs = fields.map(([type, text]) => {
    const head = Buffer.from([type, 0, 0]);
    head.writeUInt16BE(Buffer.byteLength(text), 1);
    return Buffer.concat([head, Buffer.from(text)]);
  });
  const body = Buffer.concat([Buffer.alloc(family === 0x11 ? 12 : 0), ...tlvs]);
  const head = Buffer.from('0d0a0d0a000d0a515549540a2100' + '0000', 'hex');
  head[13] = family;
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, body]);
}

const good: Record<string, readonly [Buffer, string | undefined]> = {
  'the unique id': [header([[5, 'cluster-b']]), 'cluster-b'],
  'the unique id among other fields': [
    header([
      [1, 'h2'],
      [5, 'cluster-b'],
      [4, ''],
    ]),
    'cluster-b',
  ],
  'a header without addresses': [header([[5, 'x']], 0), 'x'],
  'a header without fields': [header([]), undefined],
};

for (const [what, [data, id]] of Object.entries(good)) {
  test(`parseHeader() reads ${what}, whatever follows`, () => {
    const found = parseHeader(Buffer.concat([data, Buffer.from('GET /v1/peer')]));
    assert.deepEqual(found, { id, length: data.length });
  });
}

test('parseHeader() waits for a header that is not there yet, however little of it is', () => {
  const whole = header([[5, 'cluster-b']]);
  for (let length = 0; length < whole.length; length++)
    assert.equal(parseHeader(whole.subarray(0, length)), undefined);
});

test('parseHeader() refuses what is no header', () => {
  assert.throws(() => parseHeader(Buffer.from('GET / HTTP/1.1\r\n')), HeaderError);
  assert.throws(() => parseHeader(Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n')), HeaderError);
});

test('parseHeader() refuses a field that is longer than the header', () => {
  const data = header([[5, 'cluster-b']]);
  data.writeUInt16BE(500, 16 + 12 + 1);
  assert.throws(() => parseHeader(data), HeaderError);
});

test('takeHeader() leaves what follows the header in the connection', async () => {
  const [near, far] = await socketPair();
  const data = Buffer.concat([header([[5, 'cluster-b']]), Buffer.from('rest')]);
  near.write(data.subarray(0, 20));
  const taken = takeHeader(far);
  near.end(data.subarray(20));
  assert.equal(await taken, 'cluster-b');
  assert.equal(Buffer.concat((await far.toArray()) as Buffer[]).toString(), 'rest');
  far.destroy();
});

test('takeHeader() rejects when the connection ends within the header', async () => {
  const [near, far] = await socketPair();
  near.end(header([[5, 'cluster-b']]).subarray(0, 20));
  await assert.rejects(takeHeader(far), HeaderError);
  for (const socket of [near, far]) socket.destroy();
});
