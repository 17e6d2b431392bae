import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { refusalOf, verifyRefusal } from './refusal.js';

test('refusalOf() knows the ways in which a handshake fails', () => {
  const of = (code?: string) => refusalOf(Object.assign(new Error('x'), code === undefined ? {} : { code }));
  assert.equal(of('ERR_SSL_UNSUPPORTED_PROTOCOL'), 'Protocol');
  assert.equal(of('ERR_TLS_HANDSHAKE_TIMEOUT'), 'Timeout');
  assert.equal(of('ECONNRESET'), 'Aborted');
  assert.equal(of('ERR_SSL_SOMETHING_ELSE'), 'Handshake');
  assert.equal(of(), 'Handshake');
});

test('verifyRefusal() tells no certificate, an expired one and a strange one apart', () => {
  const of = (authorizationError: string, certificate: object | undefined = {}) =>
    verifyRefusal({ authorizationError, getPeerX509Certificate: () => certificate } as unknown as TLSSocket);
  assert.equal(of('CERT_HAS_EXPIRED'), 'Expired');
  assert.equal(of('CERT_NOT_YET_VALID'), 'Expired');
  assert.equal(of('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'Untrusted');
  const none = { authorizationError: 'UNSPECIFIED', getPeerX509Certificate: () => undefined };
  assert.equal(verifyRefusal(none as unknown as TLSSocket), 'NoCertificate');
});
