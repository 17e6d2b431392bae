import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { aCluster, type ClusterPki } from '../../test/gen/pki.js';
import { fingerprintOf, readCertificates } from './bundle.js';
import { createContextCache, tlsOptions, withIssuer } from './context.js';

let london: ClusterPki;
let paris: ClusterPki;

before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

test('tlsOptions() never leaves the CAs to the defaults of node:tls', () => {
  assert.deepEqual(tlsOptions(london.egress, []).ca, []);
});

test('tlsOptions() speaks TLS 1.3 and nothing else', () => {
  const { minVersion, maxVersion } = tlsOptions(london.egress, []);
  assert.deepEqual([minVersion, maxVersion], ['TLSv1.3', 'TLSv1.3']);
});

test('the cache makes a context again only when its input has changed', () => {
  const cache = createContextCache();
  const first = cache.get('a', london.egress, paris.authority.ca);
  assert.equal(cache.get('a', { ...london.egress }, paris.authority.ca), first);
  const rotated = cache.get('a', london.ingress, paris.authority.ca);
  assert.notEqual(rotated, first);
  assert.notEqual(cache.get('a', london.ingress, london.authority.ca), rotated);
});

test('the cache forgets links that are gone', () => {
  const cache = createContextCache();
  const [a, b] = ['a', 'b'].map((link) => cache.get(link, london.egress, paris.authority.ca));
  cache.keep(new Set(['a']));
  assert.equal(cache.get('a', london.egress, paris.authority.ca), a);
  assert.notEqual(cache.get('b', london.egress, paris.authority.ca), b);
});

test('the cache throws when a certificate cannot be used', () => {
  assert.throws(() =>
    createContextCache().get('a', { ...london.egress, key: paris.egress.key }, paris.authority.ca),
  );
});

test('withIssuer() puts the CA behind a leaf that stands alone, and leaves a chain as it is', async () => {
  const { ingress, authority } = await aCluster('paris');
  const older = await aCluster('paris');
  const whole = withIssuer({ ...ingress, ca: older.authority.ca + authority.ca });
  const of = (pem: string) => readCertificates(pem).map(fingerprintOf);
  assert.deepEqual(of(whole.cert), [...of(ingress.cert), ...of(authority.cert)]);
  assert.equal(withIssuer(whole), whole);
  assert.deepEqual(withIssuer({ ...ingress, ca: older.authority.ca }).cert, ingress.cert);
});
