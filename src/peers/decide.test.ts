import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, spec } from '../../test/gen/gen.js';
import { identity, other, paris, pin, remembered, settle } from '../../test/gen/peering.js';
import { pinOf } from '../../test/gen/pki.js';
import type { PeerInput } from './memory.js';

interface Case {
  input: () => Parameters<typeof settle>[0];
  /** The reason of the problem; absent: it is a peer. */
  reason?: string;
  says?: RegExp;
}

const byFingerprint = spec({
  peer: { cluster: 'paris-1', fingerprint: pinOf(paris.authority) },
  gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }] },
});

const cases: Record<string, Case> = {
  'learns who the peer is over a verified connection': { input: () => ({ published: identity() }) },
  'learns nothing over a connection that was not verified': {
    input: () => ({ published: identity(), verified: false }),
    reason: 'InsecurePeer',
    says: /spec\.peer.*certificate-authority-data/,
  },
  'takes a pinned peer over a connection that was not verified': {
    input: () => ({ link: aLink('paris', pin(paris.authority.ca)), published: identity(), verified: false }),
  },
  'takes a pinned peer whose cluster cannot be seen': {
    input: () => ({ link: aLink('paris', pin(paris.authority.ca)) }),
  },
  'waits for a CA with the pinned fingerprint': {
    input: () => ({ link: aLink('paris', byFingerprint) }),
    reason: 'Pending',
    says: /"paris-1" has proven its CA by spec\.peer\.fingerprint/,
  },
  'takes the CAs that a peer names which has proven the fingerprint': {
    input: () => ({ link: aLink('paris', byFingerprint), published: identity({ addresses: [] }) }),
  },
  'takes no CA of another fingerprint': {
    input: () => ({
      link: aLink('paris', byFingerprint),
      published: identity({ caBundle: other.authority.ca }),
    }),
    reason: 'PeerMismatch',
    says: /fingerprint/,
  },
  'remembers the peer of a fingerprint while it cannot be seen': {
    input: () => ({ link: aLink('paris', byFingerprint), remembered: remembered() }),
  },
  'remembers the peer while its cluster cannot be seen': { input: () => ({ remembered: remembered() }) },
  'remembers the peer while what it publishes cannot be read': {
    input: () => ({ published: { problems: ['ca.crt: the bundle is empty'] }, remembered: remembered() }),
  },
  'waits while nothing is published': {
    input: () => ({}),
    reason: 'Pending',
    says: /service-mirror-identity/,
  },
  'says what cannot be used of what is published': {
    input: () => ({ published: { problems: ['uid is missing'] } }),
    reason: 'Pending',
    says: /uid is missing/,
  },
  'asks for a pin where nothing can be learned': {
    input: () => ({ link: aLink('paris', (draft) => delete draft.spec.credentialsSecretRef) }),
    reason: 'Pending',
    says: /set spec\.peer/,
  },
  'refuses a peer of our own name': {
    input: () => ({ published: identity({ cluster: 'london' }) }),
    reason: 'SelfLink',
    says: /--cluster-name/,
  },
  'refuses a peer of our own UID, whatever its name': {
    input: () => ({ published: identity({ uid: 'uid-london' }) }),
    reason: 'SelfLink',
  },
  'refuses a pin of our own name': {
    input: () => ({ link: aLink('paris', pin(paris.authority.ca, 'london')) }),
    reason: 'SelfLink',
  },
  'refuses a peer that calls itself otherwise than pinned': {
    input: () => ({ link: aLink('paris', pin(paris.authority.ca, 'lyon')), published: identity() }),
    reason: 'PeerMismatch',
    says: /"lyon".*"paris-1"/,
  },
  'refuses a peer with other CAs than pinned': {
    input: () => ({ link: aLink('paris', pin(other.authority.ca)), published: identity() }),
    reason: 'PeerMismatch',
    says: /spec\.peer\.caBundle/,
  },
  'takes a peer that shares one CA with the pin, as during a rotation': {
    input: () => ({
      link: aLink('paris', pin(other.authority.ca + paris.authority.ca)),
      published: identity(),
    }),
  },
  'refuses a pinned bundle that is no bundle': {
    input: () => ({ link: aLink('paris', pin('nonsense')) }),
    reason: 'PeerMismatch',
    says: /spec\.peer\.caBundle.*not PEM/,
  },
  'refuses a published bundle that is no bundle': {
    input: () => ({ published: identity({ caBundle: 'nonsense' }) }),
    reason: 'PeerMismatch',
    says: /the published CA bundle.*not PEM/,
  },
};

describe('settlePeers()', () => {
  for (const [sentence, { input, reason, says }] of Object.entries(cases)) {
    it(sentence, () => {
      const decision = settle(input());
      assert.equal(decision?.kind === 'problem' ? decision.reason : undefined, reason);
      if (reason === undefined) assert.equal(decision?.kind === 'peer' && decision.peer.cluster, 'paris-1');
      if (says !== undefined) assert.match(decision?.kind === 'problem' ? decision.message : '', says);
    });
  }

  it('gives what was published', () => {
    assert.deepEqual(settle({ published: identity() }), {
      kind: 'peer',
      peer: remembered(),
      uid: 'uid-paris',
    });
  });

  it('trusts the pinned bundle alone, and takes the published addresses', () => {
    const bundle = other.authority.ca + paris.authority.ca;
    const decision = settle({ link: aLink('paris', pin(bundle)), published: identity() });
    assert.deepEqual(decision?.kind === 'peer' && decision.peer, {
      ...remembered({ caBundle: bundle, pinned: true }),
    });
  });

  it('prefers the addresses that the Link gives', () => {
    const own = [{ host: 'gw.example.com', port: 443 }];
    const decision = settle({
      link: aLink('paris', spec({ gateway: { addresses: own } })),
      published: identity(),
    });
    assert.deepEqual(decision?.kind === 'peer' && decision.peer.addresses, own);
    assert.equal(decision?.kind === 'peer' && decision.peer.published, undefined);
  });

  it('has no address for a pinned peer that publishes none', () => {
    const decision = settle({ link: aLink('paris', pin(paris.authority.ca)) });
    assert.deepEqual(decision?.kind === 'peer' && decision.peer.addresses, []);
  });
});

describe('PeerVerdict.remark', () => {
  const published = { problems: ['protocol is "2", this version speaks 1'] };
  const cases: Record<string, { input: () => Partial<PeerInput>; says?: RegExp }> = {
    'is not there while all is well': { input: () => ({ published: identity() }) },
    'is not there while the cluster cannot be seen': { input: () => ({ remembered: remembered() }) },
    'says why a remembered peer stays as it was': {
      input: () => ({ published, remembered: remembered() }),
      says: /cannot be used: protocol is "2".*resolved before/,
    },
    'says what of a pinned peer is not seen': {
      input: () => ({ published, link: aLink('paris', pin(paris.authority.ca)) }),
      says: /protocol is "2"/,
    },
  };
  for (const [sentence, { input, says }] of Object.entries(cases)) {
    it(sentence, () => {
      const decision = settle(input());
      assert.equal(decision?.kind, 'peer');
      const remark = decision?.kind === 'peer' ? decision.remark : undefined;
      if (says === undefined) assert.equal(remark, undefined);
      else assert.match(remark ?? '', says);
    });
  }
});

describe('decidePeers() of a cluster that only dials out', () => {
  const gateway = (fields: object) =>
    aLink('paris', pin(paris.authority.ca), (draft) => (draft.spec.gateway = { ...fields }));
  const peerOf = (fields: object) => {
    const decision = settle({ link: gateway(fields), published: identity() });
    assert.ok(decision?.kind === 'peer');
    const { addresses, published, dialsIn, dialAt } = decision.peer;
    return { addresses, published, dialsIn, dialAt };
  };

  it('gives one that dials in no addresses, whatever it publishes', () => {
    assert.deepEqual(peerOf({ direction: 'Accept' }), {
      ...{ addresses: [], published: undefined, dialsIn: true, dialAt: undefined },
    });
  });

  it('dials the hosts of its gateway on the port for that', () => {
    assert.deepEqual(peerOf({ direction: 'Dial', addresses: [{ host: 'hub', port: 443 }] }), {
      ...{ addresses: [{ host: 'hub', port: 443 }], published: undefined, dialsIn: undefined },
      dialAt: [{ host: 'hub', port: 4145 }],
    });
  });

  it('dials where the Link says, and calls where the peer says', () => {
    assert.deepEqual(peerOf({ direction: 'Dial', dialAddresses: [{ host: 'dial.hub', port: 1 }] }), {
      ...{ addresses: identity().value.addresses, published: true, dialsIn: undefined },
      dialAt: [{ host: 'dial.hub', port: 1 }],
    });
  });
});
