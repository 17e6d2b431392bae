import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { aLink, spec } from '../../test/gen/gen.js';
import { aCluster, aNamesake, type ClusterPki } from '../../test/gen/pki.js';
import type { Invitation } from '../api/invitation.js';
import type { Link } from '../api/link.js';
import type { Identity } from './identity.js';
import { hashOfSecret } from './invitation.js';
import {
  isSame,
  isSecretOf,
  isServed,
  named,
  redemptionOf,
  servedUntil,
  whyNot,
  type Surroundings,
} from './redemption.js';

const made = Date.parse('2026-03-01T12:00:00Z');
const minute = 60_000;
const secret = Buffer.alloc(20, 7);
let london: ClusterPki;
let paris: ClusterPki;
let lyon: ClusterPki;

before(async () => {
  const now = new Date(made);
  [london, paris, lyon] = (await Promise.all(
    ['london', 'paris', 'lyon'].map((name) => aCluster(name, { now })),
  )) as [ClusterPki, ClusterPki, ClusterPki];
});

const invitation: Invitation = {
  apiVersion: 'linkerd.io/v1alpha1',
  kind: 'Invitation',
  metadata: { name: 'london-4f2a9c1e', creationTimestamp: '2026-03-01T12:00:00Z' },
  spec: { link: 'london', secretHash: hashOfSecret(secret), expires: '2026-03-01T12:15:00Z' },
};
const identityOf = ({ cluster, authority }: ClusterPki): Identity => ({
  ...{ cluster, uid: `uid-${cluster}`, caBundle: authority.cert },
  addresses: [{ host: '198.51.100.9', port: 4143 }],
});
const redeemed = (at = '2026-03-01T12:05:00Z'): Invitation => ({
  ...invitation,
  status: { redemption: { ...redemptionOf(identityOf(london), '198.51.100.20', made), at } },
});

describe('an invitation is served', () => {
  const cases: Readonly<Record<string, [object: () => Invitation, after: number, served: boolean]>> = {
    'while it is open': [() => invitation, 14 * minute, true],
    'not after its end': [() => invitation, 15 * minute, false],
    'for a minute after it was redeemed, if the answer was lost': [() => redeemed(), 5.9 * minute, true],
    'not longer': [() => redeemed(), 6 * minute, false],
    'not after its end, even if it was redeemed in its last second': [
      () => redeemed('2026-03-01T12:14:59Z'),
      15 * minute,
      false,
    ],
    'not when nobody can say when it was redeemed': [() => redeemed('then'), 0, false],
    'not when it has no hash': [
      () => ({ ...redeemed(), spec: { link: 'london', expires: '2026-03-01T12:15:00Z' } }),
      5 * minute,
      false,
    ],
    'not when it is void': [() => ({ ...invitation, status: { attempts: 5 } }), 0, false],
  };
  for (const [what, [object, after, served]] of Object.entries(cases))
    test(what, () => assert.equal(isServed(object(), made + after), served));

  test('until a time that is known', () => {
    assert.equal(servedUntil(invitation, made), made + 15 * minute);
    assert.equal(servedUntil(redeemed(), made + 5 * minute), made + 6 * minute);
  });
});

test('named() finds an invitation by the id of its code alone', () => {
  const other = {
    ...invitation,
    metadata: { name: 'berlin-00000000' },
    spec: { ...invitation.spec, link: 'berlin' },
  };
  assert.equal(named([other, invitation], { id: '4f2a9c1e' }), invitation);
  assert.equal(named([other, invitation], { id: '4f2a9c1f' }), undefined);
  assert.equal(named([{ ...invitation, metadata: { name: 'x-4f2a9c1e' } }], { id: '4f2a9c1e' }), undefined);
});

describe('isSecretOf()', () => {
  const without = { ...invitation, spec: { link: 'london', expires: invitation.spec.expires } };
  const broken = { ...invitation, spec: { ...invitation.spec, secretHash: 'ab' } };
  const cases: Readonly<Record<string, [object: Invitation | undefined, secret: Buffer, right: boolean]>> = {
    'takes the secret': [invitation, secret, true],
    'takes no other one': [invitation, Buffer.alloc(20, 8), false],
    'takes no prefix': [invitation, secret.subarray(1), false],
    'takes nothing where there is no hash': [without, secret, false],
    'takes nothing where the hash cannot be read': [broken, secret, false],
    'takes nothing where there is no invitation': [undefined, secret, false],
    'does not take the hash itself': [invitation, Buffer.from(hashOfSecret(secret), 'hex'), false],
  };
  for (const [what, [object, given, right]] of Object.entries(cases))
    test(what, () => assert.equal(isSecretOf(object, given), right));
});

describe('who may redeem', () => {
  const around = (changes: Partial<Surroundings> = {}): Surroundings => ({
    ...{ own: identityOf(paris), links: [], peers: [], now: made, ...changes },
  });
  const peerOf = ({ cluster, authority }: ClusterPki) => ({
    link: `to-${cluster}`,
    cluster,
    caBundle: authority.cert,
  });

  test('a cluster that nobody here knows', () => {
    assert.equal(whyNot('london', identityOf(london), around({ peers: [peerOf(lyon)] })), undefined);
  });

  test('a cluster beside a Link that has no spec, as an older schema allowed', () => {
    const bare = { ...aLink('old'), spec: undefined } as unknown as Link;
    assert.equal(whyNot('london', identityOf(london), around({ links: [bare] })), undefined);
  });

  test('a cluster under a CA that it shares with another peer', () => {
    const shared = { ...identityOf(london), caBundle: lyon.authority.cert };
    assert.equal(whyNot('london', shared, around({ peers: [peerOf(lyon)] })), undefined);
  });

  const refused: Readonly<
    Record<
      string,
      [who: () => Identity | Promise<Identity>, around: () => Partial<Surroundings>, refusal: string]
    >
  > = {
    'not one that claims our name': [
      () => ({ ...identityOf(london), cluster: 'paris' }),
      () => ({}),
      'SelfLink',
    ],
    'not one that claims our UID': [
      () => ({ ...identityOf(london), uid: 'uid-paris' }),
      () => ({}),
      'SelfLink',
    ],
    'not while there is a Link of that name': [
      () => identityOf(london),
      () => ({ links: [aLink('london')] }),
      'NameConflict',
    ],
    'not one that another Link pins': [
      () => identityOf(london),
      () => ({ links: [aLink('other', spec({ peer: { cluster: 'london', caBundle: 'PEM' } }))] }),
      'PeerConflict',
    ],
    'not one that another Link stands for': [
      () => identityOf(london),
      () => ({ peers: [peerOf(london)] }),
      'PeerConflict',
    ],
    'not one with a CA that could be taken for that of a peer': [
      async () => ({
        ...identityOf(london),
        caBundle: (await aNamesake(lyon.authority, new Date(made))).cert,
      }),
      () => ({ peers: [peerOf(lyon)] }),
      'PeerConflict',
    ],
    'not one with a CA that could be taken for ours': [
      async () => ({
        ...identityOf(london),
        caBundle: (await aNamesake(paris.authority, new Date(made))).cert,
      }),
      () => ({}),
      'PeerConflict',
    ],
  };
  for (const [what, [who, changes, refusal]] of Object.entries(refused))
    test(what, async () => {
      assert.equal(whyNot('london', await who(), around(changes()))?.refusal, refusal);
    });
});

test('redemptionOf() writes down what a Link may hold', () => {
  const addresses = Array.from({ length: 20 }, (_, at) => ({ host: `198.51.100.${at}`, port: 4143 }));
  const redemption = redemptionOf({ ...identityOf(london), addresses }, '198.51.100.20', made);
  assert.equal(redemption.at, '2026-03-01T12:00:00Z');
  assert.equal(redemption.addresses?.length, 16);
  const odd = [{ host: 'GW_1.example.com', port: 4143 }];
  assert.equal(redemptionOf({ ...identityOf(london), addresses: odd }, 'ip', made).addresses, undefined);
  assert.ok(isSame(redemption, identityOf(london)));
  assert.ok(!isSame(redemption, { ...identityOf(london), uid: 'another' }));
  assert.ok(!isSame(redemption, { ...identityOf(london), caBundle: lyon.authority.cert }));
});
