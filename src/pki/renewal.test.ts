import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { aCluster, aLeaf, type ClusterPki } from '../../test/gen/pki.js';
import { createAuthority, issueLeaf } from './ca.js';
import { profileOf } from './profile.js';
import { authorityDue, dueLeaves, leafDue, nextRenewal, renewAt, type LeafDue } from './renewal.js';
import type { KeyPair } from './keypair.js';

const now = new Date('2026-03-01T12:00:00Z');
const hour = 3600_000;
const profile = profileOf('egress', 'paris');
let paris: ClusterPki;

before(async () => {
  paris = await aCluster('paris', { now });
});

test('dueLeaves() names nothing when all is well', () => {
  assert.deepEqual(
    dueLeaves({ authority: paris.authority, leaves: paris }, { cluster: 'paris', now }),
    new Map(),
  );
});

test('dueLeaves() names every leaf that is not there', () => {
  const { ingress } = paris;
  const due = dueLeaves({ authority: paris.authority, leaves: { ingress } }, { cluster: 'paris', now });
  assert.deepEqual(
    [...due],
    [
      ['egress', 'Absent'],
      ['operator', 'Absent'],
    ],
  );
});

test('dueLeaves() names all leaves when the cluster has another name', () => {
  const due = dueLeaves({ authority: paris.authority, leaves: paris }, { cluster: 'lyon', now });
  assert.deepEqual([...due.values()], ['WrongNames', 'WrongNames', 'WrongNames']);
});

test('a leaf is Old from two thirds of its life on, not before', () => {
  const at = renewAt(new X509Certificate(paris.egress.cert));
  const dueAt = (ms: number) =>
    leafDue(paris.egress, paris.authority, { profile, now: new Date(at.getTime() + ms) });
  assert.equal(dueAt(-1), undefined);
  assert.equal(dueAt(0), 'Old');
  assert.ok(Math.abs(at.getTime() - now.getTime() - (7 * 24 * hour * 2) / 3) < hour);
});

const cases: Record<string, { due: LeafDue; leaf: () => Promise<KeyPair> }> = {
  'that is not PEM': { due: 'Broken', leaf: async () => ({ ...paris.egress, cert: 'x' }) },
  'with the key of another': {
    due: 'Broken',
    leaf: async () => ({ ...paris.egress, key: paris.ingress.key }),
  },
  'with an unreadable key': { due: 'Broken', leaf: async () => ({ ...paris.egress, key: '' }) },
  'of another role': { due: 'WrongNames', leaf: async () => paris.operator },
  'with one name more': {
    due: 'WrongNames',
    leaf: () => aLeaf(paris.authority, 'paris', { now, dnsNames: [...profile.dnsNames, 'more.example'] }),
  },
  'for fewer usages': {
    due: 'WrongNames',
    leaf: () => aLeaf(paris.authority, 'paris', { now, usages: ['clientAuth'] }),
  },
  'under another CA': { due: 'NotUnderCa', leaf: async () => (await aCluster('paris', { now })).egress },
  'whose signature is not by the CA it names': {
    due: 'NotUnderCa',
    leaf: async () => {
      const der = Buffer.from(new X509Certificate(paris.egress.cert).raw);
      der[der.length - 1]! ^= 1;
      const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
      return { ...paris.egress, cert };
    },
  },
  'whose bundle has changed': {
    due: 'StaleBundle',
    leaf: async () => ({ ...paris.egress, ca: 'of yesterday' }),
  },
};

for (const [what, { due, leaf }] of Object.entries(cases)) {
  test(`leafDue() finds a leaf ${what} ${due}`, async () => {
    assert.equal(leafDue(await leaf(), paris.authority, { profile, now }), due);
  });
}

test('leafDue() asks for a leaf under the new CA once that signs', async () => {
  const next = await aCluster('paris', { now, trusted: paris.authority.ca });
  assert.equal(
    leafDue({ ...paris.egress, ca: next.authority.ca }, next.authority, { profile, now }),
    'NotUnderCa',
  );
  const renewed = await issueLeaf(next.authority, 'egress', { cluster: 'paris', now });
  assert.equal(leafDue(renewed, next.authority, { profile, now }), undefined);
});

test('authorityDue() tells whether a CA can sign', async () => {
  const { authority, egress } = paris;
  assert.equal(authorityDue(authority, now), undefined);
  assert.equal(authorityDue(undefined, now), 'Absent');
  assert.equal(authorityDue({ ...authority, key: egress.key }, now), 'Broken');
  assert.equal(authorityDue(egress, now), 'NotCa');
  const short = await createAuthority('paris', { now, life: hour });
  assert.equal(authorityDue(short, new Date(now.getTime() + hour)), 'Expired');
});

test('nextRenewal() is when the first of the leaves gets old', async () => {
  const early = await aLeaf(paris.authority, 'paris', { now, life: hour });
  const at = nextRenewal({ ingress: paris.ingress, egress: early, operator: undefined });
  assert.deepEqual(at, renewAt(new X509Certificate(early.cert)));
  assert.equal(nextRenewal({}), undefined);
});
