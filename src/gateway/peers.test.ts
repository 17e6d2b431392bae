import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aLink, epoch, metadata, spec } from '../../test/gen.js';
import { aCluster, aNamesake, type ClusterPki } from '../../test/pki.js';
import type { Link } from '../api/link.js';
import type { Identity } from './mtls/identity.js';
import type { Peer } from './model.js';
import {
  fingerprints,
  probeSpec,
  servedPeer,
  settlePeers,
  type PeerInput,
  type PeerVerdict,
} from './peers.js';

const now = new Date(epoch);
const self = { cluster: 'london', uid: 'uid-london' };
const addresses = [{ host: '192.0.2.1', port: 4143 }];
const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };

let paris: ClusterPki;
let other: ClusterPki;
before(async () => {
  [paris, other] = await Promise.all([aCluster('paris-1', { now }), aCluster('other', { now })]);
});

const identity = (more: Partial<Identity> = {}): { value: Identity } => ({
  value: { cluster: 'paris-1', uid: 'uid-paris', caBundle: paris.authority.ca, addresses, ...more },
});
const pin = (caBundle: string, cluster = 'paris-1') => spec({ peer: { cluster, caBundle } });
const remembered = (): Peer => ({
  link: 'paris',
  cluster: 'paris-1',
  caBundle: paris.authority.ca,
  addresses,
  probe,
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
    assert.deepEqual(verdict?.kind === 'peer' && verdict.peer, { ...remembered(), caBundle: bundle });
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
  };
  for (const [sentence, change] of Object.entries(changes)) {
    it(`is the peer settled before, while ${sentence}`, () => {
      const verdict = settle({ remembered: remembered(), ...change() });
      assert.equal(verdict?.kind, 'problem');
      assert.deepEqual(servedPeer(verdict), remembered());
    });
  }

  it('is nobody when a new pin contradicts what was settled before', () => {
    const link = aLink('paris', pin(other.authority.ca));
    const verdict = settle({ remembered: remembered(), link, published: identity() });
    assert.equal(verdict?.kind, 'problem');
    assert.equal(servedPeer(verdict), undefined);
  });

  it('is nobody while nothing was ever settled', () => {
    assert.equal(servedPeer(settle({ published: identity({ cluster: 'london' }) })), undefined);
    assert.equal(servedPeer(undefined), undefined);
  });
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
});

describe('fingerprints()', () => {
  it('has one for each CA, in hex', () => {
    const found = fingerprints(paris.authority.ca + other.authority.ca, now);
    assert.equal(found.length, 2);
    for (const fingerprint of found) assert.match(fingerprint, /^[0-9a-f]{64}$/);
  });

  it('has none for what cannot be read', () => assert.deepEqual(fingerprints('nonsense', now), []));
});

describe('probeSpec()', () => {
  const cases: Record<string, { link: Link; is: ReturnType<typeof probeSpec> }> = {
    'has defaults': { link: aLink(), is: probe },
    'takes what the Link says': {
      link: aLink(
        'paris',
        spec({
          gateway: {
            probe: {
              period: '500ms',
              timeout: '1m',
              failureThreshold: 5,
              successThreshold: 2,
              path: '/',
              port: 1,
            },
          },
        }),
      ),
      is: { period: 500, timeout: 60_000, failureThreshold: 5, successThreshold: 2 },
    },
  };
  for (const [sentence, { link, is }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(probeSpec(link), is));
  }
});
