import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileOf, roles } from './profile.js';

test('profileOf() gives each role what it may be used for', () => {
  assert.deepEqual(
    roles.map((role) => profileOf(role, 'paris').usages),
    [['serverAuth'], ['clientAuth', 'serverAuth'], ['clientAuth']],
  );
});

test('profileOf() gives the ingress every server name of its cluster, and no one else any of them', () => {
  assert.deepEqual(
    roles.map((role) => profileOf(role, 'paris').dnsNames),
    [['*.paris.mirror.internal'], ['egress.paris.mirror.internal'], []],
  );
});

test('profileOf() gives one SPIFFE ID, that of the gateways or that of the operator', () => {
  assert.deepEqual(
    roles.map((role) => profileOf(role, 'paris').uris),
    [
      ['spiffe://paris.mirror.internal/gateway'],
      ['spiffe://paris.mirror.internal/gateway'],
      ['spiffe://paris.mirror.internal/operator'],
    ],
  );
});

test('profileOf() never puts a host name into the common name', () => {
  for (const role of roles) assert.doesNotMatch(profileOf(role, 'paris').commonName, /\./);
});
