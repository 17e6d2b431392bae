import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  aConfigMap,
  aLink,
  byCatalog,
  epoch,
  exportOnly,
  metadata,
  over,
  spec,
} from '../../../test/gen/gen.js';
import { aCluster, pinOf, type ClusterPki } from '../../../test/gen/pki.js';
import { aRemote, aFakeCluster } from '../../../test/gen/cluster.js';
import type { Link } from '../../api/link.js';
import { ownNames } from '../../api/names.js';
import { encodeIdentity, encodePeer, type ResolvedPeer } from '../../protocol/identity.js';
import { fingerprints } from '../../pki/bundle.js';
import { servedPeer } from '../../peers/decide.js';
import { ApiError } from '../../runtime/errors.js';

let paris: ClusterPki;
before(async () => {
  paris = await aCluster('paris-1', { now: new Date(epoch) });
});

const addresses = [{ host: '192.0.2.1', port: 4143 }];
const published = () =>
  aConfigMap(
    ownNames.identity,
    encodeIdentity({ cluster: 'paris-1', uid: 'uid-paris', caBundle: paris.authority.ca, addresses }),
  );
const settled = (noted: Partial<ResolvedPeer> = {}) =>
  aConfigMap(ownNames.peers, {
    paris: encodePeer({
      link: 'paris',
      cluster: 'paris-1',
      caBundle: paris.authority.ca,
      addresses,
      probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
      ...noted,
    }),
  });

describe('createLinkBook()', () => {
  it('gives a Link with its defaults', () => {
    const { registry } = aFakeCluster(
      aLink('paris', (draft) => delete (draft.spec as { transport?: string }).transport),
    );
    assert.equal(registry.get('paris')?.spec.transport, 'gateway');
    assert.deepEqual(registry.problems('paris'), []);
  });

  it('gives no Link that is not sound, and says why', () => {
    const { registry } = aFakeCluster(aLink('paris', over('linkerd')));
    assert.equal(registry.get('paris'), undefined);
    assert.match(registry.problems('paris').join(), /gateway\.addresses/);
  });

  it('knows nothing of a Link that is not there', () => {
    const { registry } = aFakeCluster();
    assert.equal(registry.get('paris'), undefined);
    assert.deepEqual(registry.problems('paris'), []);
    assert.equal(registry.peer('paris'), undefined);
  });

  it('resolves the peer of a fingerprint with the CAs that it has proven', () => {
    const pinned = { cluster: 'paris-1', fingerprint: pinOf(paris.authority) };
    const fake = aFakeCluster(aLink('paris', byCatalog(pinned, '192.0.2.1')));
    const proven = { cluster: 'paris-1', uid: 'uid-paris', caBundle: paris.authority.ca };
    fake.remotes.clusters.set('paris', aRemote({ proven }));
    const peer = servedPeer(fake.registry.peer('paris'));
    assert.deepEqual(peer?.addresses, addresses);
    assert.equal(peer?.fingerprint, pinned.fingerprint);
    assert.deepEqual(
      fingerprints(peer?.caBundle ?? '', new Date(epoch)),
      fingerprints(paris.authority.ca, new Date(epoch)),
    );
  });

  it('says so when the remote cluster does not let us read what it publishes', () => {
    const fake = aFakeCluster(aLink());
    const identityError = new ApiError('cannot list configmaps', { status: 403, reason: 'Forbidden' });
    fake.remotes.clusters.set('paris', aRemote({ identityError }));
    const decision = fake.registry.peer('paris');
    assert.match(decision?.kind === 'problem' ? decision.message : '', /cannot list configmaps.*peer-access/);
  });

  it('learns the peer from what its cluster publishes', () => {
    const fake = aFakeCluster(aLink());
    fake.remotes.clusters.set('paris', aRemote({ identity: published() }));
    const decision = fake.registry.peer('paris');
    assert.equal(decision?.kind === 'peer' && decision.peer.cluster, 'paris-1');
    assert.equal(decision?.kind === 'peer' && decision.uid, 'uid-paris');
  });

  it('learns nothing over a connection that was not verified', () => {
    const fake = aFakeCluster(aLink());
    fake.remotes.clusters.set('paris', aRemote({ identity: published(), verified: false }));
    const decision = fake.registry.peer('paris');
    assert.equal(decision?.kind === 'problem' && decision.reason, 'InsecurePeer');
  });

  const memories: Record<string, { noted?: Partial<ResolvedPeer>; link: Link; is: string | undefined }> = {
    'the peer that was resolved before, while its cluster cannot be reached': {
      noted: { linkUid: 'uid-link-paris' },
      link: aLink(),
      is: 'paris-1',
    },
    'a peer of which an older version did not note the Link': { link: aLink(), is: 'paris-1' },
    'nothing of a Link that had its name': {
      noted: { linkUid: 'uid-before' },
      link: aLink(),
      is: undefined,
    },
    'nothing of a pin that is taken back where nothing else tells who the peer is': {
      noted: { pinned: true },
      link: aLink('paris', exportOnly),
      is: undefined,
    },
  };
  for (const [sentence, { noted, link, is }] of Object.entries(memories)) {
    it(`remembers ${sentence}`, () => {
      const peer = servedPeer(aFakeCluster(link, settled(noted)).registry.peer('paris'));
      assert.equal(peer?.cluster, is);
      assert.equal(peer?.linkUid, is && 'uid-link-paris');
    });
  }

  it('lets a pinned Link without credentials keep its peer from an older Link that comes to claim it', () => {
    const pinned = aLink(
      'paris',
      exportOnly,
      spec({ peer: { cluster: 'paris-1', caBundle: paris.authority.ca } }),
    );
    const older = aLink('older', metadata({ creationTimestamp: '2025-01-01T00:00:00Z' }));
    const fake = aFakeCluster(pinned, older, settled({ pinned: true }));
    fake.remotes.clusters.set('older', aRemote({ identity: published() }));
    const reasons = [...fake.registry.peers()].map(([name, decision]) => [name, decision.kind]);
    assert.deepEqual(Object.fromEntries(reasons), { paris: 'peer', older: 'problem' });
  });

  it('gives a new Link nothing of one that had its name, once its own cluster is seen', () => {
    const fake = aFakeCluster(aLink(), settled({ linkUid: 'uid-before', cluster: 'lyon' }));
    fake.remotes.clusters.set('paris', aRemote({ identity: published() }));
    assert.equal(servedPeer(fake.registry.peer('paris'))?.cluster, 'paris-1');
  });

  it('settles no peer of another transport', () => {
    const fake = aFakeCluster(aLink('paris', over('flat')), settled());
    assert.equal(fake.registry.peers().size, 0);
  });

  it('settles once, until something has changed', () => {
    const fake = aFakeCluster(aLink(), settled());
    const first = fake.registry.peers();
    assert.equal(fake.registry.peers(), first);
    fake.put(aLink('lyon', metadata({ creationTimestamp: '2026-01-02T00:00:00Z' })));
    assert.notEqual(fake.registry.peers(), first);
    assert.deepEqual([...fake.registry.peers().keys()], ['paris', 'lyon']);
  });

  it('settles anew after a minute: what a CA proves ends without an event', async () => {
    const fake = aFakeCluster(aLink(), settled());
    const first = fake.registry.peers();
    await fake.clock.advance(59_999);
    assert.equal(fake.registry.peers(), first);
    await fake.clock.advance(1);
    assert.notEqual(fake.registry.peers(), first);
  });

  it('lets an unsound Link stand in nobody’s way', () => {
    const bad = aLink('a-bad-one', spec({ peer: { cluster: 'Not A Name', caBundle: 'x' } }));
    assert.deepEqual([...aFakeCluster(bad, aLink(), settled()).registry.peers().keys()], ['paris']);
  });
});
