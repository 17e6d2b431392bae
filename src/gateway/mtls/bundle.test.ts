import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { keywordsOf } from '../../api/crd.js';
import { PeerStatus } from '../../api/linkstatus.js';
import { createAuthority, issueLeaf } from './ca.js';
import {
  BundleError,
  type BundleFault,
  fingerprintOf,
  maxBundle,
  readBundle,
  readCertificates,
} from './bundle.js';
import type { KeyPair } from '../model.js';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date('2027-03-01T12:00:00Z');
let ca: KeyPair;
let shortLived: KeyPair;
let leaf: KeyPair;

before(async () => {
  ca = await createAuthority('paris', { now });
  shortLived = await createAuthority('paris', { now, life: 24 * 3600_000 });
  leaf = await issueLeaf(ca, 'ingress', { cluster: 'paris', now });
});

test('readBundle() reads all CAs in their order, whatever stands between them', () => {
  const text = `# the new one\n${ca.cert}\r\n\n the old one:\n${shortLived.cert.replaceAll('\n', '\r\n')}`;
  const subjects = readBundle(text, now).map(({ subject }) => subject);
  assert.deepEqual(subjects, [
    new X509Certificate(ca.cert).subject,
    new X509Certificate(shortLived.cert).subject,
  ]);
});

test('readBundle() leaves out what has expired while something else is good', () => {
  assert.equal(readBundle(shortLived.cert + ca.cert, later).length, 1);
});

const bad: Record<string, { fault: BundleFault; says: RegExp; text: () => string }> = {
  nothing: { fault: 'Empty', says: /empty/, text: () => ' \n' },
  'text that is not PEM': { fault: 'NotPem', says: /not PEM/, text: () => 'LS0tLS1CRUdJTi' },
  'a PEM block without certificate': {
    fault: 'Empty',
    says: /no certificate/,
    text: () => ca.cert.replaceAll('CERTIFICATE', 'PUBLIC KEY'),
  },
  'a certificate that is cut short': {
    fault: 'NotPem',
    says: /certificate 2/,
    text: () => ca.cert + ca.cert.replace(/\n[^\n]+\n[^\n]+\n-----END/, '\n-----END'),
  },
  'a private key': { fault: 'PrivateKey', says: /private key/, text: () => ca.cert + ca.key },
  'a key on no known curve': {
    fault: 'Unreadable',
    says: /certificate 2 .* public key/,
    // the last byte of OID prime256v1
    text: () => ca.cert + changed('2a8648ce3d030107', '2a8648ce3d03017f'),
  },
  'a life that ends in month 13': {
    fault: 'Unreadable',
    says: /certificate 1 .* end of its life/,
    text: () => changed(hexOf('260302120000Z'), hexOf('261302120000Z')),
  },
  'a leaf': { fault: 'NotCa', says: /CN=gateway is not a CA/, text: () => ca.cert + leaf.cert },
  'only expired CAs': {
    fault: 'Expired',
    says: /CN=paris-\w+ expired at 2026-03-02/,
    text: () => shortLived.cert,
  },
  'too many': { fault: 'TooMany', says: /33 certificates/, text: () => ca.cert.repeat(maxBundle + 1) },
};

const hexOf = (text: string) => Buffer.from(text).toString('hex');

/** The CA of a short life, with some bytes (hex) changed. */
function changed(from: string, to: string): string {
  const hex = new X509Certificate(shortLived.cert).raw.toString('hex');
  assert.ok(hex.includes(from));
  const base64 = Buffer.from(hex.replaceAll(from, to), 'hex').toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

for (const [what, { fault, says, text }] of Object.entries(bad)) {
  test(`readBundle() refuses ${what}`, () => {
    assert.throws(
      () => readBundle(text(), later),
      (error) => error instanceof BundleError && error.fault === fault && says.test(error.message),
    );
  });
}

test('a refusal never quotes what the bundle holds', () => {
  const secret = ca.key.split('\n')[1]!;
  assert.throws(
    () => readCertificates(ca.key),
    (error: Error) => !error.message.includes(secret.slice(0, 16)),
  );
});

test('fingerprintOf() is SHA-256 over the DER form', () => {
  const certificate = new X509Certificate(ca.cert);
  assert.equal(fingerprintOf(certificate), certificate.fingerprint256.toLowerCase().split(':').join(''));
  assert.match(fingerprintOf(certificate), /^[0-9a-f]{64}$/);
});

test('the status of a Link has room for each CA of the largest bundle', () => {
  assert.equal(keywordsOf(PeerStatus, 'caFingerprints').maxItems, maxBundle);
});
