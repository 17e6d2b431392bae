import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DetailedPeerCertificate } from 'node:tls';
import { chainOf } from './chain.js';

function certificate(name: string, issuer?: DetailedPeerCertificate): DetailedPeerCertificate {
  return { raw: Buffer.from(name), issuerCertificate: issuer } as DetailedPeerCertificate;
}

const names = (chain: readonly Buffer[]) => chain.map(String);

test('chainOf() lists leaf, intermediates and root', () => {
  const root = certificate('root');
  root.issuerCertificate = root;
  assert.deepEqual(names(chainOf(certificate('leaf', certificate('middle', root)))), [
    'leaf',
    'middle',
    'root',
  ]);
});

test('chainOf() ends where nothing more is known', () => {
  assert.deepEqual(names(chainOf(certificate('leaf'))), ['leaf']);
});

test('chainOf() comes out of a circle', () => {
  const one = certificate('one');
  one.issuerCertificate = certificate('two', one);
  assert.deepEqual(names(chainOf(one)), ['one', 'two']);
});

test('chainOf() of a client without certificate is empty', () => {
  assert.deepEqual(chainOf({} as DetailedPeerCertificate), []);
});
