import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { keywordsOf } from '../api/crd.js';
import { PeerStatus } from '../api/linkstatus.js';
import { createAuthority, issueLeaf } from './ca.js';
import {
  BundleError,
  type BundleFault,
  fingerprintOf,
  judgedBundle,
  maxBundle,
  readBundle,
  readCertificates,
} from './bundle.js';
import type { KeyPair } from './keypair.js';

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
  'a PEM block of another kind': {
    fault: 'OtherBlock',
    says: /BEGIN PUBLIC KEY-----: only CERTIFICATE/,
    text: () => ca.cert + ca.cert.replaceAll('CERTIFICATE', 'PUBLIC KEY'),
  },
  'a CA in the words that OpenSSL used before': {
    fault: 'OtherBlock',
    says: /BEGIN X509 CERTIFICATE-----/,
    text: () => ca.cert + shortLived.cert.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
  },
  'a CA with what OpenSSL trusts it for': {
    fault: 'OtherBlock',
    says: /BEGIN TRUSTED CERTIFICATE-----/,
    text: () => ca.cert + shortLived.cert.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
  },
  'another kind behind as many certificates as may be': {
    fault: 'OtherBlock',
    says: /BEGIN X509 CERTIFICATE-----/,
    text: () => ca.cert.repeat(maxBundle) + ca.cert.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
  },
  'a block that begins and does not end': {
    fault: 'NotPem',
    says: /certificate 2/,
    text: () => ca.cert + ca.cert.slice(0, ca.cert.indexOf('-----END')),
  },
  'a block that has headers': {
    fault: 'NotPem',
    says: /certificate 1/,
    text: () => ca.cert.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\n\n'),
  },
  'bytes behind a certificate': {
    fault: 'NotPem',
    says: /certificate 1/,
    text: () => pemOf(Buffer.concat([new X509Certificate(ca.cert).raw, Buffer.alloc(3)])),
  },
  'a certificate inside of a block of base64 of its own': {
    fault: 'NotPem',
    says: /certificate 1/,
    text: () => pemOf(Buffer.from(ca.cert)),
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
  return pemOf(Buffer.from(hex.replaceAll(from, to), 'hex'));
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

const written: Record<string, () => string> = {
  'a comment and other line breaks': () => `# ours\n${ca.cert.replaceAll('\n', '\r\n')}`,
  'no line break between two, as `cat` leaves it': () => ca.cert.trimEnd() + shortLived.cert.trimEnd(),
  'empty lines': () => (ca.cert + shortLived.cert).replaceAll('\n', '\n\n'),
  'lines of another length': () => pemOf(new X509Certificate(ca.cert).raw) + shortLived.cert,
  'one of them twice': () => ca.cert + shortLived.cert + ca.cert,
};

for (const [what, text] of Object.entries(written)) {
  test(`judgedBundle() writes the same of a bundle with ${what}`, () => {
    const held = readBundle(text(), now).map(fingerprintOf);
    const canonical = held.includes(fingerprintOf(new X509Certificate(shortLived.cert)))
      ? ca.cert + shortLived.cert
      : ca.cert;
    assert.equal(judgedBundle(text(), now), canonical);
    assert.ok(createSecureContext({ ca: judgedBundle(text(), now) }));
  });
}

test('judgedBundle() takes none that is longer than a Link may pin', () => {
  assert.throws(() => judgedBundle(ca.cert.padEnd(65_537), now), /65537 characters/);
  assert.equal(judgedBundle(ca.cert.padEnd(65_536), now), ca.cert);
});

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
