import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { aLink, annotated, epoch, spec } from '../../../test/gen/gen.js';
import { anInvitation, aRedemption } from '../../../test/gen/invitations.js';
import { aCluster, aNamesake, type ClusterPki } from '../../../test/gen/pki.js';
import type { InvitationReason } from '../../api/conditions.js';
import type { Invitation } from '../../api/invitation.js';
import { keys } from '../../api/names.js';
import { keyPinOf } from '../../pki/keypin.js';
import { readCertificates } from '../../pki/bundle.js';
import { decideInvitation, keptFor, type InvitationInput } from './decide.js';

const minute = 60_000;
const exports = { services: { matchLabels: { team: 'shop' } }, allowSelectorless: false };
let london: ClusterPki;
let paris: ClusterPki;
let lyon: ClusterPki;
before(async () => {
  const now = new Date(epoch);
  [london, paris, lyon] = await Promise.all([
    aCluster('london', { now }),
    aCluster('paris', { now }),
    aCluster('lyon', { now }),
  ]);
});

const redeemed = (changes: object = {}) =>
  anInvitation({ exports }, { redemption: aRedemption(london.authority.cert, changes) });
const ofOurs = () => aLink('london', annotated({ [keys.invitation]: 'uid-invitation' }));

function decide(
  invitation: Invitation,
  { after = 0, ...input }: Partial<InvitationInput> & { after?: number } = {},
) {
  const own = { cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.cert };
  const links = input.link === undefined ? [] : [input.link];
  const around = { own, links, peers: [], now: epoch + after, ...input.around };
  const made = decideInvitation({ problems: [], link: undefined, ...input, invitation, around });
  const [open, ready] = made.conditions;
  return {
    ...made,
    open: open?.status,
    reason: ready?.reason,
    ready: ready?.status,
    message: ready?.message ?? '',
  };
}

test('an invitation that was just made is open', () => {
  const { open, reason, ready, create, forget, remove, lookAgainIn } = decide(anInvitation());
  assert.deepEqual([open, ready, reason], ['True', 'False', 'Open']);
  assert.deepEqual([create, forget, remove, lookAgainIn], [undefined, false, false, 15 * minute]);
});

test('a redeemed one becomes a Link that pins who redeemed it, and exports what was offered', () => {
  const { open, reason, create, message } = decide(redeemed(), { after: minute });
  assert.deepEqual([open, reason], ['False', 'Redeemed']);
  assert.deepEqual(create, {
    ...{ apiVersion: 'linkerd.io/v1alpha1', kind: 'Link' },
    metadata: { name: 'london', annotations: { [keys.invitation]: 'uid-invitation' } },
    spec: {
      ...{ clusterDomain: 'cluster.local', transport: 'gateway', exports },
      peer: { cluster: 'london', caBundle: london.authority.cert },
    },
  });
  const [pin] = readCertificates(london.authority.cert).map(keyPinOf);
  assert.ok(message.includes(`cluster london (UID uid-of-london, CA ${pin}) from 198.51.100.20 at`), message);
});

test('its Link is found by its annotation, if nothing was said of it before a restart', () => {
  const { create, made, ready, reason } = decide(redeemed(), { after: minute, link: ofOurs() });
  assert.deepEqual([create, made, ready, reason], [undefined, ofOurs().metadata.uid, 'True', 'Linked']);
});

test('a Link that somebody has deleted is not made again', () => {
  const invitation = redeemed();
  const status = { ...invitation.status, link: { uid: 'uid-of-the-link' } };
  const { create, made, reason } = decide({ ...invitation, status }, { after: 2 * minute });
  assert.deepEqual([create, made, reason], [undefined, 'uid-of-the-link', 'Linked']);
});

describe('what is refused makes no Link:', () => {
  const cases: Readonly<
    Record<
      string,
      [
        reason: InvitationReason,
        invitation: () => Invitation | Promise<Invitation>,
        input: () => Partial<InvitationInput>,
      ]
    >
  > = {
    'a Link of that name, which is never changed': [
      'NameConflict',
      redeemed,
      () => ({ link: aLink('london') }),
    ],
    'a Link that was made for another invitation': [
      'NameConflict',
      redeemed,
      () => ({ link: aLink('london', annotated({ [keys.invitation]: 'another' })) }),
    ],
    'a claim to be this cluster': ['SelfLink', () => redeemed({ cluster: 'paris' }), () => ({})],
    'a claim to have our UID': ['SelfLink', () => redeemed({ uid: 'uid-paris' }), () => ({})],
    'a CA that could be taken for ours': [
      'PeerConflict',
      async () => redeemed({ caBundle: (await aNamesake(paris.authority, new Date(epoch))).cert }),
      () => ({}),
    ],
    'a cluster that has a Link': [
      'PeerConflict',
      redeemed,
      () => ({ around: aroundWith(aLink('other', spec({ peer: { cluster: 'london', caBundle: 'PEM' } }))) }),
    ],
    'a leaf in place of a CA': ['InvalidPeer', () => redeemed({ caBundle: lyon.egress.cert }), () => ({})],
    'a CA that has expired': [
      'InvalidPeer',
      async () => redeemed({ caBundle: (await anOldCa()).cert }),
      () => ({}),
    ],
    'a spec that cannot be read': [
      'InvalidSpec',
      redeemed,
      () => ({ problems: ['spec.exports: write one'] }),
    ],
  };
  for (const [what, [reason, invitation, input]] of Object.entries(cases))
    test(what, async () => {
      const decision = decide(await invitation(), { after: minute, ...input() });
      assert.deepEqual([decision.create, decision.ready, decision.reason], [undefined, 'False', reason]);
    });

  function aroundWith(link: ReturnType<typeof aLink>) {
    const own = { cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.cert };
    return { own, links: [link], peers: [], now: epoch + minute };
  }

  async function anOldCa() {
    const { authority } = await aCluster('london', { now: new Date(epoch - 4000 * 24 * 60 * minute) });
    return authority;
  }
});

describe('time alone', () => {
  test('closes it', () => {
    const { open, reason, ready } = decide(anInvitation(), { after: 15 * minute });
    assert.deepEqual([open, ready, reason], ['False', 'False', 'Expired']);
  });

  test('makes its hash go when it is over, a minute later if it was redeemed', () => {
    assert.equal(decide(anInvitation(), { after: 14 * minute }).forget, false);
    assert.equal(decide(anInvitation(), { after: 15 * minute }).forget, true);
    assert.equal(decide(redeemed(), { after: 1.5 * minute }).forget, false);
    assert.equal(decide(redeemed(), { after: 2 * minute }).forget, true);
    assert.equal(decide(anInvitation({}, { attempts: 5 })).forget, true);
    const { secretHash: _, ...rest } = anInvitation().spec;
    assert.equal(decide({ ...anInvitation(), spec: rest }, { after: 16 * minute }).forget, false);
  });

  test('removes it a day after its end, and not while it is open', () => {
    assert.equal(decide(anInvitation(), { after: 15 * minute + keptFor - 1 }).remove, false);
    assert.equal(decide(anInvitation(), { after: 15 * minute + keptFor }).remove, true);
    const day = anInvitation({ expires: '2099-01-01T00:00:00Z' });
    assert.equal(decide(day, { after: keptFor - 1 }).remove, false);
  });

  test('is looked at in time', () => {
    assert.equal(decide(anInvitation(), { after: 15 * minute }).lookAgainIn, keptFor);
    assert.equal(decide(redeemed(), { after: minute, link: ofOurs() }).lookAgainIn, minute);
    assert.equal(decide(redeemed(), { after: 3 * minute, link: aLink('london') }).lookAgainIn, minute);
  });
});

test('too many wrong secrets make it void', () => {
  const { open, reason, message } = decide(anInvitation({}, { attempts: 5 }));
  assert.deepEqual([open, reason], ['False', 'TooManyAttempts']);
  assert.match(message, /5 attempts .* invite again/);
});
