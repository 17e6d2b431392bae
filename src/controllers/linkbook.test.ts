import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aConfigMap, aLink, epoch, metadata, over, spec } from '../../test/gen.js';
import { aCluster, type ClusterPki } from '../../test/pki.js';
import { aRemote, aWorld } from '../../test/world.js';
import { ownNames } from '../api/names.js';
import { encodeIdentity, encodePeer } from '../gateway/mtls/identity.js';
import { ApiError } from '../runtime/errors.js';

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
const settled = () =>
  aConfigMap(ownNames.peers, {
    paris: encodePeer({
      link: 'paris',
      cluster: 'paris-1',
      caBundle: paris.authority.ca,
      addresses,
      probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
    }),
  });

describe('createLinkBook()', () => {
  it('gives a Link with its defaults', () => {
    const { book } = aWorld(
      aLink('paris', (draft) => delete (draft.spec as { transport?: string }).transport),
    );
    assert.equal(book.get('paris')?.spec.transport, 'gateway');
    assert.deepEqual(book.problems('paris'), []);
  });

  it('gives no Link that is not sound, and says why', () => {
    const { book } = aWorld(aLink('paris', over('linkerd')));
    assert.equal(book.get('paris'), undefined);
    assert.match(book.problems('paris').join(), /gateway\.addresses/);
  });

  it('knows nothing of a Link that is not there', () => {
    const { book } = aWorld();
    assert.equal(book.get('paris'), undefined);
    assert.deepEqual(book.problems('paris'), []);
    assert.equal(book.peer('paris'), undefined);
  });

  it('says so when the remote cluster does not let us read what it publishes', () => {
    const world = aWorld(aLink());
    const identityError = new ApiError('cannot list configmaps', { status: 403, reason: 'Forbidden' });
    world.remotes.clusters.set('paris', aRemote({ identityError }));
    const verdict = world.book.peer('paris');
    assert.match(verdict?.kind === 'problem' ? verdict.message : '', /cannot list configmaps.*peer-access/);
  });

  it('forgets a pin that is taken back where nothing else tells who the peer is', () => {
    const exporting = aLink('paris', (draft) => delete draft.spec.credentialsSecretRef);
    assert.equal(aWorld(exporting, settled()).book.peer('paris')?.kind, 'problem');
  });

  it('learns the peer from what its cluster publishes', () => {
    const world = aWorld(aLink());
    world.remotes.clusters.set('paris', aRemote({ identity: published() }));
    const verdict = world.book.peer('paris');
    assert.equal(verdict?.kind === 'peer' && verdict.peer.cluster, 'paris-1');
    assert.equal(verdict?.kind === 'peer' && verdict.uid, 'uid-paris');
  });

  it('learns nothing over a connection that was not verified', () => {
    const world = aWorld(aLink());
    world.remotes.clusters.set('paris', aRemote({ identity: published(), verified: false }));
    const verdict = world.book.peer('paris');
    assert.equal(verdict?.kind === 'problem' && verdict.reason, 'InsecurePeer');
  });

  it('remembers the peer that was settled before, while its cluster cannot be seen', () => {
    const verdict = aWorld(aLink(), settled()).book.peer('paris');
    assert.equal(verdict?.kind === 'peer' && verdict.peer.cluster, 'paris-1');
  });

  it('settles no peer of another transport', () => {
    const world = aWorld(aLink('paris', over('flat')), settled());
    assert.equal(world.book.peers().size, 0);
  });

  it('settles once, until something has changed', () => {
    const world = aWorld(aLink(), settled());
    const first = world.book.peers();
    assert.equal(world.book.peers(), first);
    world.put(aLink('lyon', metadata({ creationTimestamp: '2026-01-02T00:00:00Z' })));
    assert.notEqual(world.book.peers(), first);
    assert.deepEqual([...world.book.peers().keys()], ['paris', 'lyon']);
  });

  it('lets an unsound Link stand in nobody’s way', () => {
    const bad = aLink('a-bad-one', spec({ peer: { cluster: 'Not A Name', caBundle: 'x' } }));
    assert.deepEqual([...aWorld(bad, aLink(), settled()).book.peers().keys()], ['paris']);
  });
});
