import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aLink, epoch, metadata, spec } from '../../test/gen.js';
import { aCluster, aNamesake, type ClusterPki } from '../../test/pki.js';
import type { Link } from '../api/link.js';
import type { PeerInput } from './memory.js';
import type { Identity, SettledPeer } from './mtls/identity.js';
import { servedPeer, settlePeers, type PeerVerdict } from './peers.js';

const now = new Date(epoch);
const self = { cluster: 'london', uid: 'uid-london' };
const addresses = [{ host: '192.0.2.1', port: 4143 }];
const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };

let paris: ClusterPki;
let other: ClusterPki;
let third: ClusterPki;
before(async () => {
  [paris, other, third] = await Promise.all([
    aCluster('paris-1', { now }),
    aCluster('other', { now }),
    aCluster('paris-1', { now }),
  ]);
});

const identity = (more: Partial<Identity> = {}): { value: Identity } => ({
  value: { cluster: 'paris-1', uid: 'uid-paris', caBundle: paris.authority.ca, addresses, ...more },
});
const pin = (caBundle: string, cluster = 'paris-1') => spec({ peer: { cluster, caBundle } });
const remembered = (more: Partial<SettledPeer> = {}): SettledPeer => ({
  link: 'paris',
  cluster: 'paris-1',
  caBundle: paris.authority.ca,
  addresses,
  probe,
  linkUid: 'uid-link-paris',
  ...more,
});

function settle(input: Omit<PeerInput, 'verified' | 'link'> & Partial<PeerInput>): PeerVerdict | undefined {
  return settlePeers([{ link: aLink(), verified: true, ...input }], self, now).get('paris');
}

interface Case {
  input: () => Parameters<typeof settle>[0];
  /** The reason of the problem; absent: it is a peer. */
  reason?: string;
  says?: RegExp;
}

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
      const verdict = settle(input());
      assert.equal(verdict?.kind === 'problem' ? verdict.reason : undefined, reason);
      if (reason === undefined) assert.equal(verdict?.kind === 'peer' && verdict.peer.cluster, 'paris-1');
      if (says !== undefined) assert.match(verdict?.kind === 'problem' ? verdict.message : '', says);
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
    const verdict = settle({ link: aLink('paris', pin(bundle)), published: identity() });
    assert.deepEqual(verdict?.kind === 'peer' && verdict.peer, {
      ...remembered({ caBundle: bundle, pinned: true }),
    });
  });

  it('prefers the addresses that the Link gives', () => {
    const own = [{ host: 'gw.example.com', port: 443 }];
    const verdict = settle({
      link: aLink('paris', spec({ gateway: { addresses: own } })),
      published: identity(),
    });
    assert.deepEqual(verdict?.kind === 'peer' && verdict.peer.addresses, own);
  });

  it('has no address for a pinned peer that publishes none', () => {
    const verdict = settle({ link: aLink('paris', pin(paris.authority.ca)) });
    assert.deepEqual(verdict?.kind === 'peer' && verdict.peer.addresses, []);
  });
});

describe('servedPeer()', () => {
  const changes: Record<string, () => Partial<PeerInput>> = {
    'what is published contradicts the pin': () => ({
      link: aLink('paris', pin(paris.authority.ca)),
      published: identity({ cluster: 'lyon' }),
    }),
    'its cluster claims to be us': () => ({ published: identity({ cluster: 'london' }) }),
    'its cluster has our UID': () => ({ published: identity({ uid: 'uid-london' }) }),
    'its cluster takes another name': () => ({ published: identity({ cluster: 'lyon' }) }),
    'new credentials do not verify its API server': () => ({ published: identity(), verified: false }),
    'the pin has one more CA, and is contradicted': () => ({
      link: aLink('paris', pin(paris.authority.ca + other.authority.ca)),
      published: identity({ cluster: 'lyon' }),
    }),
  };
  for (const [sentence, change] of Object.entries(changes)) {
    it(`is the peer settled before, while ${sentence}`, () => {
      const verdict = settle({ remembered: remembered(), ...change() });
      assert.equal(verdict?.kind, 'problem');
      assert.deepEqual(servedPeer(verdict), remembered());
    });
  }

  const ends: Record<string, () => Partial<PeerInput>> = {
    'a new pin contradicts what was settled before': () => ({
      link: aLink('paris', pin(other.authority.ca)),
      remembered: remembered(),
    }),
    'a pin takes back one of the CAs': () => ({
      link: aLink('paris', pin(other.authority.ca)),
      remembered: remembered({ caBundle: other.authority.ca + paris.authority.ca }),
    }),
    'a pin is taken back where nothing can be learned': () => ({
      verified: false,
      remembered: remembered({ pinned: true }),
    }),
  };
  for (const [sentence, change] of Object.entries(ends)) {
    it(`is nobody when ${sentence}`, () => {
      const verdict = settle({ published: identity(), ...change() });
      assert.equal(verdict?.kind, 'problem');
      assert.equal(servedPeer(verdict), undefined);
    });
  }

  it('stays a pinned one while it is not learned anew', () => {
    const before = remembered({ pinned: true });
    assert.deepEqual(servedPeer(settle({ remembered: before })), before);
    assert.deepEqual(servedPeer(settle({ remembered: before, published: identity() })), remembered());
  });

  it('is nobody while nothing was ever settled', () => {
    assert.equal(servedPeer(settle({ published: identity({ cluster: 'london' }) })), undefined);
    assert.equal(servedPeer(undefined), undefined);
  });
});

describe('PeerVerdict.remark', () => {
  const published = { problems: ['protocol is "2", this version speaks 1'] };
  const cases: Record<string, { input: () => Partial<PeerInput>; says?: RegExp }> = {
    'is not there while all is well': { input: () => ({ published: identity() }) },
    'is not there while the cluster cannot be seen': { input: () => ({ remembered: remembered() }) },
    'says why a remembered peer stays as it was': {
      input: () => ({ published, remembered: remembered() }),
      says: /cannot be used: protocol is "2".*settled before/,
    },
    'says what of a pinned peer is not seen': {
      input: () => ({ published, link: aLink('paris', pin(paris.authority.ca)) }),
      says: /protocol is "2"/,
    },
  };
  for (const [sentence, { input, says }] of Object.entries(cases)) {
    it(sentence, () => {
      const verdict = settle(input());
      assert.equal(verdict?.kind, 'peer');
      const remark = verdict?.kind === 'peer' ? verdict.remark : undefined;
      if (says === undefined) assert.equal(remark, undefined);
      else assert.match(remark ?? '', says);
    });
  }
});

describe('settlePeers() over several Links', () => {
  const linked = (name: string, created: string): Link =>
    aLink(name, metadata({ creationTimestamp: created }));
  const younger = () => ({
    link: linked('a', '2026-01-02T00:00:00Z'),
    verified: true,
    published: identity(),
  });
  const older = () => ({ link: linked('b', '2026-01-01T00:00:00Z'), verified: true, published: identity() });
  const shown = (inputs: PeerInput[]) =>
    [...settlePeers(inputs, self, now)]
      .map(([link, verdict]) => `${link} ${verdict.kind === 'peer' ? 'peer' : verdict.reason}`)
      .toSorted();

  it('lets the oldest stand for a peer, and names it to the others', () => {
    assert.deepEqual(shown([younger(), older()]), ['a PeerConflict', 'b peer']);
    const verdict = settlePeers([younger(), older()], self, now).get('a');
    assert.match(verdict?.kind === 'problem' ? verdict.message : '', /Link "b".*"paris-1"/);
  });

  it('says the same whatever the order', () => {
    assert.deepEqual(shown([older(), younger()]), shown([younger(), older()]));
  });

  it('goes by name among those of one second', () => {
    const at = (name: string) => ({ ...older(), link: linked(name, '2026-01-01T00:00:00Z') });
    assert.deepEqual(shown([at('b'), at('a')]), ['a peer', 'b PeerConflict']);
  });

  it('lets a Link that is no peer itself stand in nobody’s way', () => {
    const insecure = { ...older(), verified: false };
    assert.deepEqual(shown([younger(), insecure]), ['a peer', 'b InsecurePeer']);
  });

  it('lets who stands for a peer already keep it, whatever an older one comes to claim', () => {
    const incumbent = { ...younger(), remembered: { ...remembered(), link: 'a' } };
    assert.deepEqual(shown([older(), incumbent]), ['a peer', 'b PeerConflict']);
    const lyon = { ...remembered(), link: 'b', cluster: 'lyon' };
    assert.deepEqual(shown([{ ...older(), remembered: lyon }, younger()]), ['a peer', 'b PeerMismatch']);
  });

  it('gives nobody a peer that is kept, though its Link says what is wrong', () => {
    const contradicted = {
      ...older(),
      link: aLink('b', metadata({ creationTimestamp: '2026-01-01T00:00:00Z' }), pin(paris.authority.ca)),
      published: identity({ caBundle: other.authority.ca }),
      remembered: { ...remembered(), link: 'b' },
    };
    assert.deepEqual(shown([younger(), contradicted]), ['a PeerConflict', 'b PeerMismatch']);
  });

  it('lets nobody have a CA that could be taken for one of an older peer', async () => {
    const { cert } = await aNamesake(paris.authority, now, { keyId: true });
    const published = identity({ cluster: 'lyon', uid: 'uid-lyon', caBundle: cert });
    assert.deepEqual(shown([{ ...younger(), published }, older()]), ['a PeerConflict', 'b peer']);
    const verdict = settlePeers([{ ...younger(), published }, older()], self, now).get('a');
    assert.match(verdict?.kind === 'problem' ? verdict.message : '', /CA CN=paris-1-.*Link "b"/);
  });

  it('keeps different peers apart', () => {
    const lyon = { ...younger(), published: identity({ cluster: 'lyon', uid: 'uid-lyon' }) };
    assert.deepEqual(shown([lyon, older()]), ['a peer', 'b peer']);
  });

  describe('with one that publishes a CA which could be taken for that of another', () => {
    let copy: string;
    before(async () => {
      copy = (await aNamesake(paris.authority, now)).cert;
    });
    const added = () => third.authority.ca;
    const rogue = (caBundle: string, more: Partial<PeerInput> = {}): PeerInput => ({
      ...older(),
      published: identity({ cluster: 'rogue', uid: 'uid-rogue', caBundle }),
      remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: other.authority.ca }),
      ...more,
    });
    const rightful = (more: Partial<PeerInput> = {}): PeerInput => ({
      ...younger(),
      remembered: remembered({ link: 'a' }),
      ...more,
    });
    const cases: Record<string, { inputs: () => PeerInput[]; are: string[]; served: () => string[] }> = {
      'keeps the younger one as it is, and the older one as it was': {
        inputs: () => [rogue(other.authority.ca + copy), rightful()],
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca, other.authority.ca],
      },
      'keeps the younger one though it adds a CA at the same time': {
        inputs: () => [
          rogue(other.authority.ca + copy),
          rightful({ published: identity({ caBundle: added() + paris.authority.ca }) }),
        ],
        are: ['a peer', 'b PeerConflict'],
        served: () => [added() + paris.authority.ca, other.authority.ca],
      },
      'keeps the younger one as it was, when it adds a CA that the other has a copy of already': {
        inputs: () => [
          rogue(copy, { remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: copy }) }),
          rightful({ remembered: remembered({ link: 'a', caBundle: added() }) }),
        ],
        are: ['a PeerConflict', 'b peer'],
        served: () => [added(), copy],
      },
      'does not serve the newcomer': {
        inputs: () => {
          const { remembered: _, ...newcomer } = rogue(other.authority.ca + copy);
          return [newcomer, rightful()];
        },
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca],
      },
      'does not serve both, should both be remembered': {
        inputs: () => [
          rogue(copy, { remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: copy }) }),
          rightful(),
        ],
        are: ['a PeerConflict', 'b peer'],
        served: () => [copy],
      },
    };
    for (const [sentence, { inputs, are, served }] of Object.entries(cases)) {
      it(sentence, () => {
        assert.deepEqual(shown(inputs()), are);
        const bundles = [...settlePeers(inputs(), self, now).entries()]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([, verdict]) => servedPeer(verdict)?.caBundle ?? []);
        assert.deepEqual(bundles, served());
      });
    }
  });
});
