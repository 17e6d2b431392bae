import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '../../test/fakeapi/tls.js';
import { expiryOf } from './connection.js';

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

test('expiryOf() reads a token and a certificate and takes the earlier end', async () => {
  const authority = await createAuthority();
  const end = Math.floor(Date.now() / 1_000) * 1_000 + 3_600_000;
  const { cert } = await authority.client('me', new Date(end));
  assert.equal(expiryOf({ cert }), end);
  assert.equal(expiryOf({ token: jwt({ exp: 1_000 }) }), 1_000_000);
  assert.equal(expiryOf({ cert, token: jwt({ exp: end / 1_000 - 60 }) }), end - 60_000);
  assert.equal(expiryOf({ cert, token: jwt({ exp: end / 1_000 + 60 }) }), end);
});

test('expiryOf() does not know about what tells no end', () => {
  for (const token of [undefined, 'opaque', 'a.b.c', jwt({}), jwt({ exp: 'soon' })])
    assert.equal(expiryOf({ cert: 'not PEM', token }), undefined);
});
