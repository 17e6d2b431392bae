import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKeyPair, encodeKeyPair } from './keypair.js';

const pair = { cert: 'the certificate', key: 'the key', ca: 'the bundle' };

test('decodeKeyPair() reads what encodeKeyPair() wrote', () => {
  assert.deepEqual(decodeKeyPair(encodeKeyPair(pair)), pair);
});

test('encodeKeyPair() uses the keys of Secrets of type kubernetes.io/tls', () => {
  assert.deepEqual(encodeKeyPair(pair), {
    'tls.crt': 'dGhlIGNlcnRpZmljYXRl',
    'tls.key': 'dGhlIGtleQ==',
    'ca.crt': 'dGhlIGJ1bmRsZQ==',
  });
});

test('decodeKeyPair() takes no half of a pair', () => {
  assert.equal(decodeKeyPair(undefined), undefined);
  for (const missing of ['tls.crt', 'tls.key', 'ca.crt'])
    assert.equal(decodeKeyPair({ ...encodeKeyPair(pair), [missing]: '' }), undefined);
});
