import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority, issue } from './ca.js';
import { namesOf, parseNames } from './names.js';
import { profileOf } from './profile.js';

const now = new Date('2026-03-01T12:00:00Z');

test('namesOf() reads DNS names and URIs', async () => {
  const authority = await createAuthority('paris', { now });
  const profile = {
    ...profileOf('ingress', 'paris'),
    dnsNames: ['*.a.example', 'b.example'],
    uris: ['spiffe://a/b'],
  };
  const { cert } = await issue(authority, profile, { now });
  assert.deepEqual(namesOf(new X509Certificate(cert)), {
    dns: ['*.a.example', 'b.example'],
    uris: ['spiffe://a/b'],
  });
});

test('namesOf() does not take a name for two, whatever it contains', async () => {
  const authority = await createAuthority('paris', { now });
  const tricky = [
    'spiffe://a/b, URI:spiffe://c/d',
    'spiffe://a/"b',
    'spiffe://a\\b',
    'spiffe://a/b\nURI:spiffe://c/d',
  ];
  for (const uri of tricky) {
    const { cert } = await issue(authority, { ...profileOf('egress', 'paris'), uris: [uri] }, { now });
    assert.deepEqual(namesOf(new X509Certificate(cert)).uris, [uri]);
  }
});

test('namesOf() finds none in a certificate without the extension', async () => {
  const { cert } = await createAuthority('paris', { now });
  assert.deepEqual(namesOf(new X509Certificate(cert)), { dns: [], uris: [] });
});

const texts: Record<string, { text: string; dns?: string[]; uris?: string[] }> = {
  'other kinds between': { text: 'IP Address:10.0.0.1, DNS:a, email:x@y, URI:u', dns: ['a'], uris: ['u'] },
  'a quoted directory name': { text: 'DirName:"CN = a, O = URI:b", URI:u', uris: ['u'] },
  'an unknown kind: nothing is believed': { text: 'URI:u, Mystery:x' },
  'an open quote: nothing is believed': { text: 'URI:u, DNS:"a' },
  'a bad escape: nothing is believed': { text: 'URI:u, DNS:"\\x"' },
};

for (const [what, { text, dns = [], uris = [] }] of Object.entries(texts)) {
  test(`parseNames() of ${what}`, () => assert.deepEqual(parseNames(text), { dns, uris }));
}
