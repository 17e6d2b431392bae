import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, suite, test } from 'node:test';
import { aCluster, aNamesake, type ClusterPki, type Likeness } from '../../../test/pki.js';
import { lookalike } from './lookalike.js';

const now = new Date('2026-03-01T12:00:00Z');
let paris: ClusterPki;
before(async () => (paris = await aCluster('paris', { now })));

const subjectOf = ({ authority }: ClusterPki) => new X509Certificate(authority.cert).subject;
const cases: Record<string, { likeness: () => Likeness; alike: boolean }> = {
  'its name': { likeness: () => ({}), alike: true },
  'its name in capitals': { likeness: () => ({ name: subjectOf(paris).toUpperCase() }), alike: true },
  'its key identifier under another name': {
    likeness: () => ({ name: 'CN=other', keyId: true }),
    alike: true,
  },
  'nothing of it': { likeness: () => ({ name: 'CN=other' }), alike: false },
};

suite('lookalike() judges a CA of another key that has', () => {
  for (const [what, { likeness, alike }] of Object.entries(cases)) {
    test(what, async () => {
      const real = new X509Certificate(paris.authority.cert);
      const other = new X509Certificate((await aNamesake(paris.authority, now, likeness())).cert);
      assert.equal(lookalike([other], [real]), alike ? other : undefined);
    });
  }
});

test('lookalike() lets peers share a CA', () => {
  const real = new X509Certificate(paris.authority.cert);
  assert.equal(lookalike([new X509Certificate(paris.authority.cert)], [real]), undefined);
});
