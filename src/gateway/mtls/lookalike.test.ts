import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { aCluster, aLeaf, aNamesake, aRoot, type ClusterPki, type Likeness } from '../../../test/pki.js';
import { BundleError, readBundle, writeBundle } from './bundle.js';
import { lookalike } from './lookalike.js';

const now = new Date('2026-03-01T12:00:00Z');
let paris: ClusterPki;
before(async () => (paris = await aCluster('paris', { now })));

const subjectOf = ({ authority }: ClusterPki) => new X509Certificate(authority.cert).subject;
const commonName = () => subjectOf(paris).slice('CN='.length);
const cases: Record<string, { likeness: () => Likeness; alike: boolean }> = {
  'its name': { likeness: () => ({}), alike: true },
  'its name in capitals': { likeness: () => ({ name: subjectOf(paris).toUpperCase() }), alike: true },
  'its name and a space': { likeness: () => ({ name: [{ CN: [`${commonName()} `] }] }), alike: true },
  'a tab and its name': { likeness: () => ({ name: [{ CN: [`\t${commonName()}`] }] }), alike: true },
  'its key identifier under another name': {
    likeness: () => ({ name: 'CN=other', keyId: true }),
    alike: false,
  },
  'nothing of it': { likeness: () => ({ name: 'CN=other' }), alike: false },
};

describe('lookalike() judges as OpenSSL does a CA of another key that has', () => {
  for (const [what, { likeness, alike }] of Object.entries(cases)) {
    it(what, async () => {
      const real = new X509Certificate(paris.authority.cert);
      const other = new X509Certificate((await aNamesake(paris.authority, now, likeness())).cert);
      const leaf = await aLeaf(paris.authority, 'paris', { now, anonymousIssuer: true });
      assert.equal(new X509Certificate(leaf.cert).checkIssued(other), alike);
      assert.equal(lookalike([other], [real]), alike ? other : undefined);
    });
  }
});

describe('lookalike()', () => {
  it('lets peers share a CA', () => {
    const real = new X509Certificate(paris.authority.cert);
    assert.equal(lookalike([new X509Certificate(paris.authority.cert)], [real]), undefined);
  });

  it('can judge whatever readBundle() takes', async () => {
    const { raw } = new X509Certificate((await aRoot(now, 'CN=root')).cert);
    const real = new X509Certificate(paris.authority.cert);
    let judged = 0;
    for (const [at, byte] of raw.entries())
      for (const other of [byte ^ 1, byte ^ 0x80, 0x10]) {
        const changed = Buffer.from(raw);
        changed[at] = other;
        const cas = read(changed);
        lookalike(cas, [real]);
        if (cas.length > 0) createSecureContext({ ca: writeBundle(cas) });
        judged += cas.length;
      }
    assert.ok(judged > raw.length, `only ${judged} could be read`);
  });
});

/** The CA of a bundle of one; none when the bundle is refused. */
function read(der: Buffer): X509Certificate[] {
  try {
    const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
    return readBundle(pem, now);
  } catch (error) {
    assert.ok(error instanceof BundleError, String(error));
    return [];
  }
}
