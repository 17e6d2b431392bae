import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { CodeError, readCode, writeCode, type InviteCode } from './invitecode.js';

const pin = `sha256:${'4b'.repeat(32)}`;
const aCode = (changes: Partial<InviteCode> = {}): InviteCode => ({
  ...{ id: '4f2a9c1e', secret: Buffer.alloc(20, 7), cluster: 'paris', pins: [pin] },
  ...{ addresses: [{ host: '203.0.113.7', port: 4143 }], expires: Date.parse('2026-03-01T12:15:00Z') },
  ...changes,
});

const codes: Readonly<Record<string, Partial<InviteCode>>> = {
  'an IPv4 address': {},
  'an IPv6 address': { addresses: [{ host: '2001:db8::7', port: 4143 }] },
  'an IPv4 address in IPv6 form': { addresses: [{ host: '::ffff:cb00:7107', port: 1 }] },
  'a host name': { addresses: [{ host: 'gw.paris.example.com', port: 65535 }] },
  'several addresses and CAs': {
    pins: [pin, `sha256:${'00'.repeat(32)}`],
    addresses: [
      { host: '203.0.113.7', port: 4143 },
      { host: 'gw.example.com', port: 443 },
      { host: '2001:db8::', port: 30123 },
    ],
  },
  'the name that a cluster gets from its UID': { cluster: 'c-3f2a91b0c4' },
};

for (const [what, changes] of Object.entries(codes))
  test(`readCode() reads what writeCode() writes: ${what}`, () => {
    assert.deepEqual(readCode(writeCode(aCode(changes))), aCode(changes));
  });

test('a code is one short word', () => {
  const text = writeCode(aCode());
  assert.match(text, /^smi1_[A-Za-z0-9_-]+$/);
  assert.ok(text.length < 128, `${text.length} characters`);
});

test('readCode() ignores the line breaks and spaces that a mail puts into a code', () => {
  const lines = writeCode(aCode()).replaceAll(/(.{20})/g, '$1\r\n  ');
  assert.deepEqual(readCode(`  ${lines}\n`), aCode());
});

test('readCode() notices each wrong character', () => {
  const text = writeCode(aCode());
  for (let at = 0; at < text.length; at += 1)
    for (const other of ['A', 'z', '_'])
      if (text[at] !== other)
        assert.throws(() => readCode(text.slice(0, at) + other + text.slice(at + 1)), CodeError, `at ${at}`);
});

test('readCode() notices a code that was cut, or that has something after it', () => {
  const text = writeCode(aCode());
  for (let length = 0; length < text.length; length += 1)
    assert.throws(() => readCode(text.slice(0, length)), CodeError);
  assert.throws(() => readCode(`${text}A`), CodeError);
  assert.throws(() => readCode(`${text}${text}`), CodeError);
});

const unreadable: Readonly<Record<string, [text: string, problem: RegExp]>> = {
  nothing: ['', /no code/],
  'a word': ['hello', /no code/],
  'another version': ['smi2_AAAA', /another version/],
  'a very long text': ['x'.repeat(5000), /too long/],
};

for (const [what, [text, problem]] of Object.entries(unreadable))
  test(`readCode() refuses ${what}`, () => {
    assert.throws(() => readCode(text), problem);
  });

const unwritable: Readonly<Record<string, Partial<InviteCode>>> = {
  'no CA': { pins: [] },
  'more CAs than a code holds': { pins: Array.from({ length: 5 }, () => pin) },
  'no address': { addresses: [] },
  'an address with a port that is none': { addresses: [{ host: '203.0.113.7', port: 0 }] },
  'a host that is none': { addresses: [{ host: 'not a host', port: 4143 }] },
  'a cluster name that is none': { cluster: 'Not A Name' },
  'a secret of another length': { secret: Buffer.alloc(16) },
  'a time with milliseconds': { expires: 1 },
};

for (const [what, changes] of Object.entries(unwritable))
  test(`writeCode() refuses ${what}`, () => {
    assert.throws(() => writeCode(aCode(changes)), CodeError);
  });

test('an error about a code tells nothing of it', () => {
  const text = writeCode(aCode({ secret: randomBytes(20) }));
  assert.throws(
    () => readCode(text.slice(0, -1)),
    ({ message }: Error) => !message.includes(text.slice(10, 20)),
  );
});

/** A code whose checksum is right, whatever it says. */
function withChecksum(body: Buffer): string {
  const sum = createHash('sha256').update('smi1_').update(body).digest().subarray(0, 4);
  return `smi1_${Buffer.concat([body, sum]).toString('base64url')}`;
}

test('readCode() ends with a code or a CodeError, whatever the bytes are', () => {
  const bytes = fc
    .uint8Array({ maxLength: 400 })
    .map((all) => `smi1_${Buffer.from(all).toString('base64url')}`);
  const summed = fc.uint8Array({ maxLength: 400 }).map((all) => withChecksum(Buffer.from(all)));
  const shaped = fc
    .tuple(
      fc.uint8Array({ minLength: 28, maxLength: 28 }),
      fc.constantFrom('paris', '-', ''),
      fc.uint8Array(),
    )
    .map(([head, name, rest]) =>
      withChecksum(Buffer.concat([head, Buffer.from([name.length]), Buffer.from(name), rest])),
    );
  const changed = fc
    .tuple(fc.nat(110), fc.string({ maxLength: 3 }))
    .map(([at, more]) => writeCode(aCode()).slice(0, at) + more + writeCode(aCode()).slice(at));
  fc.assert(
    fc.property(fc.oneof(bytes, summed, shaped, changed, fc.string({ maxLength: 300 })), (text) => {
      try {
        const read = readCode(text);
        assert.deepEqual(readCode(writeCode(read)), read);
      } catch (error) {
        assert.ok(error instanceof CodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
