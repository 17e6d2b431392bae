import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodePreface, parsePreface, type Preface } from './dialpreface.js';

const prefaces: readonly Preface[] = [
  { kind: 'control', cluster: 'paris' },
  { kind: 'control', cluster: 'p'.repeat(50) },
  { kind: 'spare', token: randomBytes(32).toString('hex') },
];

describe('the first bytes of a dialled-in connection', () => {
  it('are read as they were written, however they are split, and what follows is left alone', () => {
    for (const preface of prefaces) {
      const bytes = encodePreface(preface);
      for (let at = 0; at < bytes.length; at++)
        assert.deepEqual(parsePreface(bytes.subarray(0, at)), { kind: 'partial' });
      const parsed = parsePreface(Buffer.concat([bytes, Buffer.from('more')]));
      assert.deepEqual(parsed, { kind: 'preface', preface, length: bytes.length });
    }
  });

  it('are refused as soon as they cannot be ours', () => {
    const broken = {
      'a TLS record': Buffer.from([0x16, 3, 1]),
      'an HTTP request': Buffer.from('GET'),
      'another version': Buffer.from('SMD2'),
      'another kind': Buffer.from('SMD1Xa'),
      'a short token': Buffer.from('SMD1S\x1f'),
      'no name': Buffer.from('SMD1C\x00'),
      'a name that is too long': Buffer.from([...Buffer.from('SMD1C'), 51]),
    };
    for (const [what, bytes] of Object.entries(broken))
      assert.deepEqual(parsePreface(bytes), { kind: 'broken' }, what);
  });

  it('may be anything, and at most 56 bytes are waited for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, ours) => {
        const parsed = parsePreface(ours ? Buffer.concat([Buffer.from('SMD1'), bytes]) : bytes);
        if (parsed.kind === 'partial') assert.ok(bytes.length < 56);
      }),
    );
  });
});
